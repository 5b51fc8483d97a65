import { shallowRef } from 'vue'
import { hooks } from '@/api/client'
import { Problem } from '@/api/problem'
import type { ActOnCase, CaseDetail } from '@/api/types'
import { findCase } from '@/features/cases/data'
import { caughtUp, parts, type Decision } from '@/features/cases/send'
import { newId } from '@/modules/id'
import { i18n } from '@/modules/i18n'
import { oneAtATime, openStore, Outbox, sendByFetch, type Draft, type Entry, type Snapshot } from '@/offline'

const name = 'hezuo-phone'
const patience = 6000

/** What waits on this phone, for the page that shows it. */
export const waiting = shallowRef<Snapshot>({ entries: [], sending: null, parts: null, paused: null, durable: true })

const opened = openStore(name).then((store) => {
  const outbox = new Outbox({ store, send: sendByFetch('same-origin', hooks.language), alone: oneAtATime(name) })
  outbox.onTaken((entry, body) => {
    if (entry.kind === 'case.action') caughtUp.value = JSON.parse(body) as CaseDetail
  })
  outbox.watch((snapshot) => {
    waiting.value = snapshot
    if (snapshot.paused === 'login') void logInAgain(outbox)
  })
  return outbox
})

let asking = false

/** What waits goes on by itself once the same person has logged in again. */
async function logInAgain(outbox: Outbox): Promise<void> {
  if (asking) return
  asking = true
  const again = await hooks.logInAgain()
  asking = false
  if (again) await outbox.flush()
}

/** Begins to send what an earlier visit left, and asks the browser not to throw it away. */
export async function startOutbox(): Promise<void> {
  const outbox = await opened
  waiting.value = await outbox.snapshot()
  outbox.start()
  await navigator.storage?.persist?.().catch(() => false)
}

/** Keeps a decision on the phone first, then sends it; answers null when it waits for a connection. */
export async function sendByOutbox(decision: Decision): Promise<CaseDetail | null> {
  const outbox = await opened
  const { picture, act } = parts(decision, 'phone')
  const group = act.id
  const label = `${decision.one.ref} · ${i18n.global.t(`action.${act.action.type}`)}`
  const drafts: Draft[] = []
  if (picture && decision.picture) {
    const headers = { 'Content-Type': decision.picture.type }
    drafts.push({ kind: 'picture', group, method: 'PUT', path: picture, headers, body: await decision.picture.arrayBuffer(), label })
  }
  drafts.push(actDraft(decision.enterprise, decision.one.id, act, label))
  const outcome = await outcomeOf(outbox, group, () => outbox.add(drafts))
  if (outcome === null || 'version' in outcome) return outcome
  // Whoever decided is still here with the form open, so the words are there; nothing needs to stay behind.
  await outbox.discard(group)
  throw new Problem(outcome)
}

function actDraft(enterprise: string, id: string, act: ActOnCase, label: string): Draft {
  return {
    kind: 'case.action',
    group: act.id,
    method: 'POST',
    path: `/api/v1/enterprises/${enterprise}/cases/${id}/actions`,
    headers: { 'Content-Type': 'application/json' },
    body: new TextEncoder().encode(JSON.stringify(act)).buffer as ArrayBuffer,
    label,
  }
}

type Outcome = CaseDetail | { code: string; status: number; detail: string } | null

/** Watches one group until it is taken or refused, or until waiting longer would only keep somebody standing. */
function outcomeOf(outbox: Outbox, group: string, begin: () => Promise<void>): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const ends: (() => void)[] = []
    const end = (outcome: Outcome) => {
      ends.forEach((stop) => stop())
      resolve(outcome)
    }
    ends.push(
      outbox.onTaken((entry, body) => {
        if (entry.group === group && entry.kind === 'case.action') end(JSON.parse(body) as CaseDetail)
      }),
      outbox.watch(({ entries, paused }) => {
        const refused = entries.find((entry) => entry.group === group && entry.problem)?.problem
        if (refused) end(refused)
        else if (paused === 'network' || paused === 'server') end(null)
      }),
    )
    const timer = setTimeout(() => end(null), patience)
    ends.push(() => clearTimeout(timer))
    begin().catch(reject)
  })
}

/** A decision that met a newer case, as both sides of the choice need it. */
export interface Kept {
  entry: Entry
  enterprise: string
  id: string
  act: ActOnCase
}

/** Reads a kept decision back from its request. */
export function kept(entry: Entry): Kept | null {
  const place = /^\/api\/v1\/enterprises\/([^/]+)\/cases\/([^/]+)\/actions$/.exec(entry.path)
  if (entry.kind !== 'case.action' || !place || !entry.body) return null
  return { entry, enterprise: place[1]!, id: place[2]!, act: JSON.parse(new TextDecoder().decode(entry.body)) as ActOnCase }
}

/** Sends a kept decision once more, now knowing the case as it is. */
export async function sendMine({ entry, enterprise, id, act }: Kept): Promise<void> {
  const outbox = await opened
  const now = await findCase(enterprise, id)
  await outbox.discard(entry.group)
  const again = { ...act, id: newId(), version: now.version }
  await outbox.add([actDraft(enterprise, id, again, entry.label ?? '')])
}

/** The names of the decisions on one case that wait here. */
export function pendingOn(id: string): string[] {
  const own = waiting.value.entries.map(kept).filter((each) => each?.id === id)
  return own.map((each) => i18n.global.t(`action.${each!.act.action.type}`))
}

/** Tries everything once more, as it is. */
export async function sendNow(): Promise<void> {
  await (await opened).flush()
}

/** Throws one decision away, because a person said so; answers with the way back. */
export async function throwAway(group: string): Promise<() => Promise<void>> {
  const outbox = await opened
  const gone = (await outbox.snapshot()).entries.filter((entry) => entry.group === group)
  await outbox.discard(group)
  return () => outbox.add(gone.map(({ kind, method, path, headers, body, label }) => ({ kind, group, method, path, headers, body, label })))
}
