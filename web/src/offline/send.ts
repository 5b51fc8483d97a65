import { PART, sendInParts, type Ask, type Told } from './parts'
import type { Entry, Outcome, Problem } from './types'

/** No answer for this long counts as no network: a phone at the edge of its signal can hang for minutes. */
const PATIENCE = 90_000

/** Sends one entry and says what came of it; meanwhile it tells how many parts have arrived. */
export type Send = (entry: Entry, told?: Told) => Promise<Outcome>

function problemOf(status: number, body: string): Problem {
  try {
    const parsed = JSON.parse(body) as Partial<Problem>
    return { status, code: parsed.code ?? 'unknown', detail: parsed.detail ?? '' }
  } catch {
    return { status, code: 'unknown', detail: '' }
  }
}

/**
 * Sorts an answer. What another try can mend is tried again; a conflict and a refusal stay in the outbox,
 * because only a person can decide what becomes of them.
 */
export function outcomeOf(status: number, body: string, retryAfter: string | null): Outcome {
  if (status >= 200 && status < 300) return { type: 'done', body }
  if (status === 401) return { type: 'login' }
  if (status === 409 || status === 412) return { type: 'conflict', problem: problemOf(status, body) }
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const seconds = Number(retryAfter)
    return { type: 'retry', reason: 'server', retry_after: seconds > 0 ? seconds : null }
  }
  return { type: 'refused', problem: problemOf(status, body) }
}

/** Sends with `fetch`; `credentials` is `omit` where nobody is logged in and nobody may be recognised. */
export function sendByFetch(credentials: RequestCredentials, language: () => string): Send {
  return async (entry, told = () => undefined) => {
    const ask: Ask = (method, headers, body) =>
      patiently(async (signal) => {
        const response = await fetch(entry.path, {
          method,
          headers: { 'Accept-Language': language(), ...entry.headers, ...headers },
          body,
          credentials,
          cache: 'no-store',
          referrerPolicy: 'same-origin',
          signal,
        })
        return { status: response.status, body: await response.text(), header: (name) => response.headers.get(name) }
      })
    const { method, body } = entry
    try {
      const isLong = method === 'PUT' && body !== null && body.byteLength > PART
      const answer = await (isLong ? sendInParts(body, ask, told) : ask(method, {}, body))
      return outcomeOf(answer.status, answer.body, answer.header('Retry-After'))
    } catch {
      return { type: 'retry', reason: 'network', retry_after: null }
    }
  }
}

/** Waits for an answer for as long as there is hope. */
async function patiently<T>(attempt: (signal: AbortSignal | undefined) => Promise<T>): Promise<T> {
  // Older browsers cannot abort a request; there the answer is only no longer waited for.
  const abort = typeof AbortController === 'undefined' ? null : new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      abort?.abort()
      reject(new Error('timeout'))
    }, PATIENCE)
  })
  try {
    return await Promise.race([attempt(abort?.signal), timeout])
  } finally {
    clearTimeout(timer)
  }
}
