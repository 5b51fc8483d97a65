// The report code: the only key to a report, made on the phone. The server never sees it, only the look-up
// value derived from it, and keeps only a hash of that.
import { hex, hkdf } from '../modules/sha256'

/** Crockford's alphabet: no I, L, O or U, so that a code copied by hand is read back right. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

const BYTES = 15
const GROUP = 4
const INFO = 'hezuo report lookup v1'
const PAY_INFO = 'hezuo pay code v1'
const PAY_LOOKUP_INFO = 'hezuo pay lookup v1'

/** How many characters a pay code has. */
export const PAY_LENGTH = 12

/** How many characters a report code has. */
export const CODE_LENGTH = (BYTES * 8) / 5

/** What can be read from what somebody typed: the code, or why it is none. */
export type Reading = { bytes: Uint8Array } | { wrong: string } | { length: number }

/** 120 random bits. */
export function newCode(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(BYTES))
}

/** The code in its groups of four, as it is shown. */
export function groups(code: Uint8Array): string[] {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of code) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += ALPHABET.charAt((held >>> bits) & 31)
    }
    held &= (1 << bits) - 1
  }
  const out: string[] = []
  for (let at = 0; at < text.length; at += GROUP) out.push(text.slice(at, at + GROUP))
  return out
}

/** Reads a code as people write it: any case, blanks and dashes anywhere, full-width forms, O for 0, I and L for 1. */
export function readCode(typed: string): Reading {
  const clean = typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\-_.·‐-―−]/g, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1')
  const bytes = new Uint8Array(BYTES)
  let bits = 0
  let held = 0
  let at = 0
  for (const char of clean) {
    const value = ALPHABET.indexOf(char)
    if (value < 0) return { wrong: char }
    held = (held << 5) | value
    bits += 5
    if (bits >= 8) {
      bits -= 8
      if (at < BYTES) bytes[at] = held >>> bits
      at += 1
      held &= (1 << bits) - 1
    }
  }
  return clean.length === CODE_LENGTH ? { bytes } : { length: clean.length }
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0))
}

/** The pay code of a report, which shows its payer an amount and nothing else: the first 60 bits of a key of its own. */
export function payCode(code: Uint8Array): string {
  return groups(hkdf(code, new Uint8Array(0), ascii(PAY_INFO)).slice(0, 8)).join('').slice(0, PAY_LENGTH)
}

/** What the phone sends when it takes a pay code; the code itself is only shown. */
export function payLookup(pay: string): string {
  return hex(hkdf(ascii(pay), new Uint8Array(0), ascii(PAY_LOOKUP_INFO)))
}

/** What the phone sends instead of the code, and what the server looks the report up by. */
export function lookup(code: Uint8Array): string {
  return hex(hkdf(code, new Uint8Array(0), ascii(INFO)))
}
