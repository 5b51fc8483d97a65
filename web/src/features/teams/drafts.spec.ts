import { expect, test } from 'vitest'
import { Problem } from '@/api/problem'
import type { AgendaItem } from '@/api/types'
import { blamed, decided, keep, offered, read, sections, toSend, without } from './drafts'

const item = (id: string, more: Partial<AgendaItem> = {}) =>
  ({ id, ref: id.toUpperCase(), version: 3, section: 'new', state: 'new', actions: ['accept', 'decline', 'grade'], ...more }) as AgendaItem

function store(): Storage {
  const kept = new Map<string, string>()
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  } as Storage
}

test('a second decision about a case takes the place of the first', () => {
  const once = decided(decided([], item('a'), [{ type: 'accept', answer: 'Yes' }]), item('b'), [])
  const twice = decided(once, item('a'), [{ type: 'decline', answer: 'No' }])
  expect(twice.map((each) => [each.case, each.actions.length])).toEqual([['a', 1], ['b', 0]])
  expect(toSend(twice)[0]).toEqual({ case: 'a', version: 3, actions: [{ type: 'decline', answer: 'No' }], note: '' })
  expect(without(twice, 'a').map((each) => each.case)).toEqual(['b'])
})

test('decisions outlive a reload, and a change makes another batch of them', () => {
  const place = store()
  const first = keep('m', decided([], item('a'), []), place)
  expect(read('m', place)).toEqual(first)
  expect(keep('m', first.drafts, place).id).not.toBe(first.id)
  keep('m', [], place)
  expect(read('m', place).drafts).toEqual([])
})

test('a problem leads to the decision that it is about', () => {
  const drafts = decided(decided([], item('a'), []), item('b'), [])
  const problem = (path: string) => new Problem({ code: 'case.stale', status: 409, errors: [{ path, code: 'case.stale' }] })
  expect(blamed(problem('decisions.1'), drafts)?.case).toBe('b')
  expect(blamed(problem('decisions.0.answer'), drafts)?.case).toBe('a')
  expect(blamed(problem('decisions'), drafts)).toBeNull()
})

test('the step that moves a case on is offered first, and desk work not at all', () => {
  expect(offered(item('a'))).toEqual(['accept', 'decline'])
  expect(offered(item('a', { state: 'planned', actions: ['plan', 'finish', 'grade'] }))).toEqual(['finish', 'plan'])
  expect(offered(item('a', { state: 'done', actions: ['send_back', 'verify', 'reopen'] }))).toEqual(['verify', 'send_back'])
})

test('items stand under their headings', () => {
  const all = sections([item('a', { section: 'unanswered' }), item('b'), item('c')])
  expect(all.map((each) => [each.section, each.items.length])).toEqual([['unanswered', 1], ['new', 2]])
})
