import { expect, test } from 'vitest'
import { asProblem, Problem, problemText } from './problem'

const texts: Record<string, string> = {
  'problem.case.stale': 'changed meanwhile',
  'problem.unknown': 'something ({code})',
}
const t = (key: string, values: Record<string, unknown>) => texts[key]!.replace('{code}', String(values.code))
const te = (key: string) => key in texts

test('a problem document keeps its code, status and fields', () => {
  const body = { type: 'x', title: 'x', status: 409, code: 'case.stale', detail: 'd', errors: [{ path: 'a', code: 'b' }] }
  const problem = asProblem(body, 409)
  expect([problem.code, problem.status, problem.detail]).toEqual(['case.stale', 409, 'd'])
  expect(problem.fields).toEqual([{ path: 'a', code: 'b' }])
})

test('a failed fetch is offline, and says so', () => {
  expect(asProblem(new TypeError('Failed to fetch')).offline).toBe(true)
})

test.each([
  [401, 'session.expired'],
  [403, 'forbidden'],
  [404, 'not_found'],
  [413, 'upload.too_large'],
  [503, 'busy'],
  [502, 'internal'],
  [418, 'unknown'],
])('an answer of %i without a document becomes %s', (status, code) => {
  expect(asProblem('<html>', status).code).toBe(code)
})

test('our own text comes first, then the server’s, then the bare code', () => {
  expect(problemText(new Problem({ code: 'case.stale', status: 409, detail: 'd' }), t, te)).toBe('changed meanwhile')
  expect(problemText(new Problem({ code: 'new.code', status: 409, detail: 'd' }), t, te)).toBe('d')
  expect(problemText(new Problem({ code: 'new.code', status: 409 }), t, te)).toBe('something (new.code)')
})
