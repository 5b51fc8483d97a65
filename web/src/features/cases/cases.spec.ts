import { expect, test } from 'vitest'
import type { CaseDetail, CaseSummary } from '@/api/types'
import { byDeadline, matching, offered, toMinor, triage } from './cases'

const one = (id: string, more: Partial<CaseSummary> = {}) =>
  ({ id, ref: id, state: 'new', danger: false, reported_day: '2026-03-01', text: '', area_name: null, ...more }) as CaseSummary
const ids = (list: CaseSummary[]) => list.map((each) => each.id)

test('danger comes first, whatever its state, and nothing is shown twice', () => {
  const sorted = triage(
    [one('a'), one('b', { danger: true, state: 'accepted' }), one('c', { reported_day: '2026-02-01' })],
    [one('d', { state: 'done' }), one('b', { danger: true, state: 'accepted' })],
  )
  expect(ids(sorted.danger)).toEqual(['b'])
  expect(ids(sorted.fresh)).toEqual(['c', 'a'])
  expect(ids(sorted.toVerify)).toEqual(['d'])
})

test.each(['done', 'verified', 'declined'] as const)('a danger that is %s is no longer first', (state) => {
  expect(triage([one('a', { danger: true, state })]).danger).toEqual([])
})

test('what is overdue stands apart from what the reporter disputes', () => {
  const sorted = triage([one('a', { state: 'accepted', disputed: true })], [one('b', { state: 'planned', overdue: true })])
  expect([ids(sorted.overdue), ids(sorted.rest)]).toEqual([['b'], ['a']])
})

test('the nearest deadline is fixed first', () => {
  expect(ids(byDeadline([one('a'), one('b', { due_day: '2026-04-02' }), one('c', { due_day: '2026-04-01' })]))).toEqual(['c', 'b', 'a'])
})

test.each<[string, string[], string | null, string[]]>([
  ['new', ['decline', 'accept', 'grade'], 'accept', ['grade', 'decline']],
  ['accepted', ['finish', 'plan'], 'plan', ['finish']],
  ['planned', ['finish', 'plan'], 'finish', ['plan']],
  ['done', ['send_back', 'verify'], 'verify', ['send_back']],
  ['done', ['send_back'], null, ['send_back']],
  ['closed', ['reopen'], null, ['reopen']],
  ['closed', ['something_newer'], null, []],
])('in state %s with %j the primary step is %s', (state, actions, primary, others) => {
  expect(offered({ state, actions } as unknown as CaseDetail)).toEqual({ primary, others })
})

test.each([
  ['0', 0],
  ['350', 35000],
  ['350.5', 35050],
  ['1,200.05', 120005],
  ['￥99', 9900],
  ['', null],
  ['-5', null],
  ['1.234', null],
  ['abc', null],
])('%j yuan are %s fen', (text, minor) => expect(toMinor(text)).toBe(minor))

test('the same thing is found by number or word among open cases, never the case itself', () => {
  const all = [one('AAA-111', { text: 'guard missing' }), one('BBB-222', { state: 'closed' }), one('CCC-333')]
  expect(ids(matching(all, 'GUARD', 'x'))).toEqual(['AAA-111'])
  expect(ids(matching(all, 'ccc', 'x'))).toEqual(['CCC-333'])
  expect(ids(matching(all, '', 'AAA-111'))).toEqual(['CCC-333'])
})
