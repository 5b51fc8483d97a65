import { expect, test } from 'vitest'
import type { CaseEvent } from '@/api/types'
import { tell } from './events'

const event = (kind: string, details: unknown) => ({ kind, details, day: '2026-03-03' }) as CaseEvent

test('a plan tells its deadline and its measure', () => {
  const plan = { owner: 'x', due_day: '2026-04-01', measure: 'New guard', responsibility: '', money: null, contingency: '' }
  expect(tell(event('plan', { type: 'plan', plan }))).toMatchObject({ key: 'event.plan', words: ['New guard'], level: null, due: '2026-04-01' })
})

test('a grade tells its level, not its pack', () => {
  const grading = { likelihood: 3, severity: 4, level: 2, pack: 'cn/risk-ls@1' }
  expect(tell(event('grade', { type: 'grade', grading, legal: 'general' }))).toMatchObject({ key: 'event.grade', words: [], level: 2, due: null })
})

test('an answer tells the answer and to whom it went', () => {
  expect(tell(event('refer', { type: 'refer', answer: 'Passed on.', to: 'Landlord' })).words).toEqual(['Passed on.', 'Landlord'])
})

test('the reporter’s verdict is two different sentences', () => {
  expect(tell(event('verdict', { fixed: true, note: '' })).key).toBe('event.confirmed')
  expect(tell(event('verdict', { fixed: false, note: 'Still loose' }))).toMatchObject({ key: 'event.disputed', words: ['Still loose'] })
})

test('what the page already says at its head is not repeated, and an unknown step is still a step', () => {
  expect(tell(event('report', { text: 'Guard missing' })).words).toEqual([])
  expect(tell(event('something_newer', null))).toMatchObject({ key: 'event.other', words: [], level: null, due: null })
})

test('an anonymous report was written before it came out', () => {
  expect(tell(event('report', { reported_day: '2026-03-01' }))).toMatchObject({ day: '2026-03-01', out: '2026-03-03' })
  expect(tell(event('report', { reported_day: '2026-03-03' }))).toMatchObject({ day: '2026-03-03', out: null })
})
