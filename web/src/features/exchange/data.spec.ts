import { expect, test } from 'vitest'
import type { Import } from '@/api/types'
import { keptColumns, mappingFaults, startMapping, stepOf } from './data'

const file = (more: Partial<Import> = {}) =>
  ({
    state: 'uploaded',
    mapping: {},
    columns: [
      { name: 'MINE_ID', sample: [], guess: 'enterprise_code' },
      { name: 'X', sample: [], guess: null },
    ],
    fields: [
      { field: 'enterprise_code', required: true },
      { field: 'day', required: true },
      { field: 'text', required: false },
    ],
    ...more,
  }) as Import

test('the guesses are the first mapping, and what was said before replaces them', () => {
  expect(startMapping(file())).toEqual({ MINE_ID: 'enterprise_code', X: null })
  expect(startMapping(file({ mapping: { X: 'day' } }))).toEqual({ MINE_ID: null, X: 'day' })
})

test('a mapping is held up by missing required fields and by fields chosen twice', () => {
  expect(mappingFaults(file(), { MINE_ID: 'enterprise_code', X: 'enterprise_code' })).toEqual({
    missing: ['day'],
    double: ['enterprise_code'],
  })
  expect(mappingFaults(file(), { A: 'day', B: 'enterprise_code', C: 'leave_out', D: 'leave_out' }).double).toEqual([])
  expect(mappingFaults(file(), { MINE_ID: 'enterprise_code', X: 'day' })).toEqual({ missing: [], double: [] })
})

test('only columns that were kept as they are can be counted', () => {
  expect(keptColumns(file({ mapping: { MINE_ID: 'enterprise' } }))).toEqual(['X'])
})

test.each([
  ['uploaded', 1],
  ['checking', 2],
  ['checked', 2],
  ['running', 3],
  ['done', 3],
] as const)('%s is step %i', (state, step) => expect(stepOf(file({ state }))).toBe(step))
