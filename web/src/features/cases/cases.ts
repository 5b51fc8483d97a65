import type { ActionType, CaseDetail, CaseState, CaseSummary } from '@/api/types'
import { daysBetween } from '@/ui/days'

const ended: CaseState[] = ['declined', 'referred', 'merged', 'verified', 'closed']

/** Whether somebody still has something to do about the hazard itself. */
export function isOpen(state: CaseState): boolean {
  return !ended.includes(state)
}

/** Days that a report has been without an answer; 0 where it has one. */
export function waitsFor(one: Pick<CaseSummary, 'state' | 'reported_day'>, today: string): number {
  return one.state === 'new' ? Math.max(0, daysBetween(one.reported_day, today)) : 0
}

/** Whether somebody is in danger as long as nothing is done; what is done waits for a second look instead. */
export function isDangerous(one: Pick<CaseSummary, 'danger' | 'state'>): boolean {
  return one.danger && isOpen(one.state) && one.state !== 'done'
}

export interface Triage {
  danger: CaseSummary[]
  fresh: CaseSummary[]
  toVerify: CaseSummary[]
  overdue: CaseSummary[]
  rest: CaseSummary[]
}

/** Sorts what waits today: danger first, then new, to be checked, overdue, the rest; oldest first, nothing twice. */
export function triage(...lists: CaseSummary[][]): Triage {
  const left = new Map(lists.flat().map((each) => [each.id, each]))
  const take = (wanted: (each: CaseSummary) => boolean) => {
    const taken = [...left.values()].filter(wanted)
    taken.forEach((each) => left.delete(each.id))
    return taken.sort((a, b) => a.reported_day.localeCompare(b.reported_day))
  }
  return {
    danger: take(isDangerous),
    fresh: take((each) => each.state === 'new'),
    toVerify: take((each) => each.state === 'done'),
    overdue: take((each) => each.overdue),
    rest: take(() => true),
  }
}

/** What there is to fix, the nearest deadline first. */
export function byDeadline(all: CaseSummary[]): CaseSummary[] {
  return [...all].sort((a, b) => (a.due_day ?? '9999').localeCompare(b.due_day ?? '9999'))
}

// The step that moves a case on comes first and is the one primary button of the page.
const order: ActionType[] = [
  'verify',
  'accept',
  'finish',
  'plan',
  'close',
  'grade',
  'send_back',
  'decline',
  'refer',
  'merge',
  'transcribe',
  'reopen',
]
const neverPrimary: ActionType[] = ['decline', 'refer', 'merge', 'reopen', 'transcribe', 'grade', 'send_back']

/** The actions the server allows, in the order in which they are offered. */
export function offered(one: CaseDetail): { primary: ActionType | null; others: ActionType[] } {
  const known = order.filter((each) => one.actions.includes(each))
  // A case without an owner is planned first; "fixed on the spot" stays beside it.
  if (one.state === 'accepted' && known.includes('plan')) {
    return { primary: 'plan', others: known.filter((each) => each !== 'plan') }
  }
  const first = known[0]
  if (first === undefined || neverPrimary.includes(first)) return { primary: null, others: known }
  return { primary: first, others: known.slice(1) }
}

/** The words on the button of an action. */
export function actionText(action: ActionType, state: CaseState): string {
  return action === 'finish' && state === 'accepted' ? 'action.fixed_on_the_spot' : `action.${action}`
}

export { toMinor } from '@/ui/money'

/** The cases that a search for "the same thing" finds: by number or by a word in the text. */
export function matching(all: CaseSummary[], search: string, except: string): CaseSummary[] {
  const wanted = search.trim().toLowerCase()
  return all
    .filter((each) => each.id !== except && isOpen(each.state))
    .filter((each) => `${each.ref} ${each.text} ${each.area_name ?? ''}`.toLowerCase().includes(wanted))
    .slice(0, 8)
}
