// How far a report has come, read from what is still in the outbox.
import type { Problem, Snapshot } from '../offline'
import { REPORT } from './drafts'

/** Where one report stands on its way to the server. */
export type Progress =
  | { stage: 'sending' }
  | { stage: 'saved'; durable: boolean }
  | { stage: 'refused'; problem: Problem }
  | { stage: 'received'; rest: number; moving: boolean; parts: Snapshot['parts']; problem: Problem | null }

/** Reads the progress of one report. */
export function progressOf(snapshot: Snapshot, group: string): Progress {
  const own = snapshot.entries.filter((entry) => entry.group === group)
  const report = own.find((entry) => entry.kind === REPORT)
  const moving = snapshot.paused === null
  if (!report) {
    const problem = own.find((entry) => entry.problem)?.problem ?? null
    return { stage: 'received', rest: own.length, moving, parts: snapshot.parts, problem }
  }
  if (report.problem) return { stage: 'refused', problem: report.problem }
  return moving ? { stage: 'sending' } : { stage: 'saved', durable: snapshot.durable }
}

/** The reports that wait and those that the server refused, other than the one that is shown already. */
export interface Waiting {
  waiting: string[]
  stuck: string[]
  problem: Problem | null
}

/** Counts reports, not requests: "1 waiting" must not become 3 because two pictures are attached. */
export function waitingOf(snapshot: Snapshot, shown: string | null): Waiting {
  const groups = new Map<string, Problem | null>()
  for (const entry of snapshot.entries) {
    if (entry.group !== shown) groups.set(entry.group, groups.get(entry.group) ?? entry.problem)
  }
  const all = Array.from(groups.keys())
  const stuck = all.filter((group) => groups.get(group))
  const first = stuck[0]
  return {
    waiting: all.filter((group) => !groups.get(group)),
    stuck,
    problem: first === undefined ? null : (groups.get(first) ?? null),
  }
}
