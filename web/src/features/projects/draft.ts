import type { Project, ProjectDraft } from './data'

/** A draft as it is typed: every field is a text. */
export interface DraftEntry {
  title: string
  theme: string
  area: string
  team: string
  owner: string
  due_day: string
  problem: string
  measure: string
  whys: string[]
}

/** How often "why?" can be asked. */
export const WHYS = 5

/** What stands in the form: the project as it is, or a case to begin from, or nothing. */
export function entryOf(one: Project | null, from?: { text: string; area_id?: string | null; kind: string }): DraftEntry {
  const text = from?.text ?? ''
  return {
    title: one?.title ?? text.slice(0, 40),
    theme: one?.theme ?? (from && from.kind !== 'idea' ? 'safety' : 'productivity'),
    area: one?.area_id ?? from?.area_id ?? '',
    team: one?.team_id ?? '',
    owner: one?.owner_id ?? '',
    due_day: one?.due_day ?? '',
    problem: one?.problem ?? text,
    measure: one?.measure ?? '',
    whys: Array.from({ length: WHYS }, (_, at) => one?.whys[at] ?? ''),
  }
}

/** A draft as it is sent. */
export function draftOf(entry: DraftEntry, currency: string): ProjectDraft {
  const whys = entry.whys.map((each) => each.trim())
  while (whys.length && !whys[whys.length - 1]) whys.pop()
  return {
    title: entry.title.trim(),
    theme: entry.theme,
    area_id: entry.area || null,
    team_id: entry.team || null,
    owner_id: entry.owner || null,
    due_day: entry.due_day || null,
    problem: entry.problem.trim(),
    measure: entry.measure.trim(),
    whys,
    currency,
  }
}

/** What a plan still lacks. */
export function missing(one: Project): string[] {
  const lacks = { owner: !one.owner_id, due_day: !one.due_day, measure: !one.measure }
  return Object.entries(lacks).filter(([, is]) => is).map(([name]) => name)
}
