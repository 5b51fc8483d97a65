// A proof of work in place of an identity: before a report goes to an intake the phone looks for a number
// that costs it a moment and a machine that sends thousands a day. The server asks for little while little
// comes in.
import type { Entry, Outcome, Send } from '../offline'
import { REPORT } from './drafts'
import { sha256 } from '../modules/sha256'

interface Challenge {
  challenge: string
  bits: number
}

/** Tries before the page gets its turn again. */
const AT_ONCE = 400

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0))
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const out = new Uint8Array(first.length + second.length)
  out.set(first)
  out.set(second, first.length)
  return out
}

/** Whether a hash begins with so many zero bits. */
function fits(hash: Uint8Array, bits: number): boolean {
  for (let at = 0; at < bits; at += 1) {
    if (((hash[at >> 3] as number) >> (7 - (at & 7))) & 1) return false
  }
  return true
}

/** The number that proves work for one report, known by its 64 hexadecimal digits. */
export async function proofOf({ challenge, bits }: Challenge, lookup: string): Promise<string> {
  const bytes = lookup.match(/../g) ?? []
  const before = joined(ascii(challenge), Uint8Array.from(bytes, (byte) => parseInt(byte, 16)))
  for (let nonce = 0; ; nonce += 1) {
    if (fits(sha256(joined(before, ascii(String(nonce)))), bits)) return `${challenge} ${nonce}`
    if (nonce % AT_ONCE === AT_ONCE - 1) await new Promise((resolve) => setTimeout(resolve))
  }
}

async function asked(): Promise<Challenge | null> {
  try {
    const answer = await fetch('/api/v1/proof', { credentials: 'omit', cache: 'no-store' })
    return answer.ok ? ((await answer.json()) as Challenge) : null
  } catch {
    return null
  }
}

/** Sends a report with a proof; without an answer to the question it is sent without, and tried again. */
export function withProof(send: Send): Send {
  return async (entry: Entry, told): Promise<Outcome> => {
    const challenge = entry.kind === REPORT && entry.body ? await asked() : null
    if (!challenge || !entry.body) return send(entry, told)
    const { lookup } = JSON.parse(new TextDecoder().decode(entry.body)) as { lookup: string }
    const proof = await proofOf(challenge, lookup)
    return send({ ...entry, headers: { ...entry.headers, 'Report-Proof': proof } })
  }
}
