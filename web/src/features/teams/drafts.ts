import type { Problem } from '@/api/problem'
import type { ActionType, AgendaItem, CaseAction, Decision } from '@/api/types'
import { newId } from '@/modules/id'

/** A decision that was taken in the room and is not written yet. */
export interface Draft {
  case: string
  ref: string
  version: number
  actions: CaseAction[]
  note: string
}

/** What a meeting keeps on the device until it is written: a reload loses nothing. */
export interface Kept {
  /** The id under which it is sent; a change makes it another batch. */
  id: string
  drafts: Draft[]
}

const key = (meeting: string) => `hezuo.meeting.${meeting}`

/** What was kept of a meeting. */
export function read(meeting: string, store: Storage = localStorage): Kept {
  try {
    const kept = JSON.parse(store.getItem(key(meeting)) ?? '') as Kept
    if (typeof kept.id === 'string' && Array.isArray(kept.drafts)) return kept
  } catch {
    // Nothing was kept, or by another version of the app.
  }
  return { id: newId(), drafts: [] }
}

/** Keeps what was decided; nothing is left behind once all of it is written. */
export function keep(meeting: string, drafts: Draft[], store: Storage = localStorage): Kept {
  const kept = { id: newId(), drafts }
  if (drafts.length === 0) store.removeItem(key(meeting))
  else store.setItem(key(meeting), JSON.stringify(kept))
  return kept
}

/** A decision about an item, in the place of an earlier one about the same. */
export function decided(drafts: Draft[], item: AgendaItem, actions: CaseAction[], note = ''): Draft[] {
  const draft = { case: item.id, ref: item.ref, version: item.version, actions, note }
  const known = drafts.findIndex((each) => each.case === item.id)
  return known < 0 ? [...drafts, draft] : drafts.map((each, at) => (at === known ? draft : each))
}

/** Without the decision about a case. */
export function without(drafts: Draft[], id: string): Draft[] {
  return drafts.filter((each) => each.case !== id)
}

/** As it is sent. */
export function toSend(drafts: Draft[]): Decision[] {
  return drafts.map(({ case: id, version, actions, note }) => ({ case: id, version, actions, note }))
}

/** Which decision a problem is about: its path begins with `decisions.3`. */
export function blamed(problem: Problem, drafts: Draft[]): Draft | null {
  const place = /^decisions\.(\d+)/.exec(problem.fields[0]?.path ?? '')
  return place ? (drafts[Number(place[1])] ?? null) : null
}

// What a meeting decides; grading and closing are desk work.
const order: ActionType[] = ['verify', 'accept', 'plan', 'finish', 'send_back', 'decline', 'refer', 'merge']

/** What is offered for an item, the step that moves it on first. */
export function offered(item: AgendaItem): ActionType[] {
  const known = order.filter((each) => item.actions.includes(each))
  // What has an owner is asked about first; a new date comes after.
  if (item.state === 'planned') return [...known.filter((each) => each === 'finish'), ...known.filter((each) => each !== 'finish')]
  return known
}

/** Agenda items under their headings, in the agenda's order. */
export function sections(items: AgendaItem[]): { section: string; items: AgendaItem[] }[] {
  const found: { section: string; items: AgendaItem[] }[] = []
  for (const item of items) {
    const last = found[found.length - 1]
    if (last?.section === item.section) last.items.push(item)
    else found.push({ section: item.section, items: [item] })
  }
  return found
}
