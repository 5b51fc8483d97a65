import { expect, test } from 'vitest'
import type { MinutesLine } from '@/api/types'
import { rows } from './minutes'

const line = (id: string, section: string, action: string) => ({ case_id: id, ref: id.toUpperCase(), text: id, section, action, words: [] }) as unknown as MinutesLine
const told = (lines: MinutesLine[], part: Parameters<typeof rows>[1]) => rows(lines, part).map((row) => [row.ref, ...row.steps.map((step) => step.action)])

test('what was raised and decided in the room stands once, with its decision', () => {
  const lines = [line('a', 'new', 'report'), line('b', 'new', 'report'), line('a', 'new', 'accept'), line('a', 'new', 'plan')]
  expect(told(lines, 'raised')).toEqual([['A', 'accept', 'plan'], ['B', 'report']])
  expect(told(lines, 'fresh')).toEqual([])
})

test('new reports and earlier actions stand apart, the steps of a case together', () => {
  const lines = [line('a', 'to_verify', 'verify'), line('b', 'unanswered', 'accept'), line('c', 'overdue', 'plan'), line('b', 'unanswered', 'plan')]
  expect(told(lines, 'earlier')).toEqual([['A', 'verify'], ['C', 'plan']])
  expect(told(lines, 'fresh')).toEqual([['B', 'accept', 'plan']])
})
