import { expect, test } from 'vitest'
import { proofOf } from './proof'
import { hex, sha256 } from '../modules/sha256'

test('the number that is found is the one that the server accepts', async () => {
  // The same as in `is_proof` of the domain: challenge, the bytes of the look-up value, decimal digits.
  const proof = await proofOf({ challenge: '1.10.ab', bits: 10 }, '07'.repeat(32))
  const [challenge, nonce] = proof.split(' ')
  expect(challenge).toBe('1.10.ab')
  const text = (word: string) => Array.from(word, (char) => char.charCodeAt(0))
  const bytes = [...text('1.10.ab'), ...Array<number>(32).fill(7), ...text(nonce!)]
  const hash = hex(sha256(Uint8Array.from(bytes)))
  expect(parseInt(hash.slice(0, 4), 16) >> 6).toBe(0)
})

test('nothing is asked of a phone while nothing is needed', async () => {
  expect(await proofOf({ challenge: 'c', bits: 0 }, '00')).toBe('c 0')
})
