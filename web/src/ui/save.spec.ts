import { expect, test } from 'vitest'
import { nameOf } from './save'

const answer = (header?: string) => new Response('', { headers: header ? { 'content-disposition': header } : {} })

test('a file is named as the server names it, in Chinese too', () => {
  const chinese = "attachment; filename=\"hezuo.zip\"; filename*=UTF-8''%E6%88%91%E7%9A%84-2026.zip"
  expect(nameOf(answer(chinese), 'other.zip')).toBe('我的-2026.zip')
  expect(nameOf(answer('attachment'), 'other.zip')).toBe('other.zip')
  expect(nameOf(answer(), 'other.zip')).toBe('other.zip')
})
