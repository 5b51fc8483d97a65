import { expect, test } from 'vitest'
import { toBytes, toText } from './passkey'

test('bytes survive the way there and back, without what addresses do not carry', () => {
  for (let length = 0; length < 40; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, at) => (at * 97 + 251) % 256)
    const text = toText(bytes.buffer)
    expect(text).toMatch(/^[\w-]*$/)
    expect(toBytes(text)).toEqual(bytes)
  }
  expect(toText(Uint8Array.from([251, 255, 254]).buffer)).toBe('-__-')
})
