import { createHash, createHmac, hkdfSync } from 'node:crypto'
import { expect, test } from 'vitest'
import vectors from './code.vectors.json'
import { CODE_LENGTH, groups, lookup, newCode, payCode, payLookup, readCode } from './code'
import { hex, hkdf, hmac, sha256 } from '../modules/sha256'

const fromHex = (text: string) => Uint8Array.from(text.match(/../g)!, (pair) => parseInt(pair, 16))

test.each(vectors)('the vector $code', (vector) => {
  const bytes = fromHex(vector.bytes)
  expect(groups(bytes).join('-')).toBe(vector.code)
  expect(readCode(vector.code)).toEqual({ bytes })
  expect(lookup(bytes)).toBe(vector.lookup)
  expect(hex(sha256(fromHex(vector.lookup)))).toBe(vector.stored)
  expect(payCode(bytes)).toBe(vector.pay_code.replaceAll('-', ''))
  expect(payLookup(payCode(bytes))).toBe(vector.pay_lookup)
})

test('hashes agree with those of another implementation at every length around a block', () => {
  for (let length = 0; length < 200; length += 1) {
    const message = Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 255)
    const key = message.slice(0, length % 90)
    expect(hex(sha256(message))).toBe(createHash('sha256').update(message).digest('hex'))
    expect(hex(hmac(key, message))).toBe(createHmac('sha256', key).update(message).digest('hex'))
  }
  const secret = fromHex('000102030405060708090a0b0c0d0e')
  const salt = fromHex('aabb')
  expect(hex(hkdf(secret, salt, salt))).toBe(Buffer.from(hkdfSync('sha256', secret, salt, salt, 32)).toString('hex'))
})

test('a new code is 24 characters in six groups of four, and comes back from them', () => {
  for (let i = 0; i < 100; i += 1) {
    const code = newCode()
    const shown = groups(code)
    expect(shown).toHaveLength(6)
    expect(shown.every((group) => group.length === 4)).toBe(true)
    expect(shown.join('')).toHaveLength(CODE_LENGTH)
    expect(readCode(shown.join(' '))).toEqual({ bytes: code })
  }
})

test('a code is read however it is written', () => {
  const { bytes, code } = vectors[1]!
  const read = { bytes: fromHex(bytes) }
  const careless = code.replaceAll('0', 'o').replaceAll('1', 'l').toLowerCase()
  expect(readCode(careless)).toEqual(read)
  expect(readCode(code.replaceAll('-', ''))).toEqual(read)
  expect(readCode(` ${code.replaceAll('-', ' — ')}\n`)).toEqual(read)
  const fullWidth = code.replace(/[0-9A-Z]/g, (char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0))
  expect(readCode(fullWidth)).toEqual(read)
})

test('what is no code says why', () => {
  expect(readCode('')).toEqual({ length: 0 })
  expect(readCode('0410-6105')).toEqual({ length: 8 })
  expect(readCode('0410-6105-0R3G-G28A-1C60-T3GF-0')).toEqual({ length: 25 })
  expect(readCode('0410-6105-0R3G-G28A-1C60-T3GU')).toEqual({ wrong: 'U' })
  expect(readCode('?')).toEqual({ wrong: '?' })
})
