import type { ActionType, CaseDetail, CaseState, CaseSummary } from '@/api/types'

const ended: CaseState[] = ['declined', 'referred', 'merged', 'verified', 'closed']

/** Whether somebody still has something to do about the hazard itself. */
export function isOpen(state: CaseState): boolean {
  return !ended.includes(state)
}

export interface Triage {
  danger: CaseSummary[]
  fresh: CaseSummary[]
  toVerify: CaseSummary[]
  rest: CaseSummary[]
}

/** Sorts what waits for a decision: danger first, then new, then what waits to be checked; nothing twice. */
export function triage(...lists: CaseSummary[][]): Triage {
  const all = [...new Map(lists.flat().map((each) => [each.id, each])).values()]
  const oldest = (a: CaseSummary, b: CaseSummary) => a.reported_day.localeCompare(b.reported_day)
  const take = (wanted: (each: CaseSummary) => boolean) => all.filter(wanted).sort(oldest)
  const danger = (each: CaseSummary) => each.danger && isOpen(each.state)
  return {
    danger: take(danger),
    fresh: take((each) => !danger(each) && each.state === 'new'),
    toVerify: take((each) => !danger(each) && each.state === 'done'),
    rest: take((each) => !danger(each) && each.state !== 'new' && each.state !== 'done'),
  }
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

/** Minor units of an amount as people write it (`1,200.50`), or null when it is none. */
export function toMinor(text: string): number | null {
  const plain = text.replace(/[,，\s¥￥元]/g, '')
  if (!/^\d{1,12}(\.\d{1,2})?$/.test(plain)) return null
  const [whole, part = ''] = plain.split('.')
  return Number(whole) * 100 + Number(part.padEnd(2, '0'))
}

/** An amount of money in the words of the language. */
export function moneyText(money: { minor: number; currency: string }, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'currency', currency: money.currency, currencyDisplay: 'narrowSymbol' }).format(money.minor / 100)
}

/** The cases that a search for "the same thing" finds: by number or by a word in the text. */
export function matching(all: CaseSummary[], search: string, except: string): CaseSummary[] {
  const wanted = search.trim().toLowerCase()
  return all
    .filter((each) => each.id !== except && isOpen(each.state))
    .filter((each) => `${each.ref} ${each.text} ${each.area_name ?? ''}`.toLowerCase().includes(wanted))
    .slice(0, 8)
}
