import type { Entry, Outcome, Problem } from './types'

/** No answer for this long counts as no network: a phone at the edge of its signal can hang for minutes. */
const PATIENCE = 90_000

/** Sends one entry and says what came of it. */
export type Send = (entry: Entry) => Promise<Outcome>

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
  return async (entry) => {
    // Older browsers cannot abort a request; there the answer is only no longer waited for.
    const abort = typeof AbortController === 'undefined' ? null : new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        abort?.abort()
        reject(new Error('timeout'))
      }, PATIENCE)
    })
    const attempt = async (): Promise<Outcome> => {
      const response = await fetch(entry.path, {
        method: entry.method,
        headers: { 'Accept-Language': language(), ...entry.headers },
        body: entry.body,
        credentials,
        cache: 'no-store',
        referrerPolicy: 'same-origin',
        signal: abort?.signal,
      })
      return outcomeOf(response.status, await response.text(), response.headers.get('Retry-After'))
    }
    try {
      return await Promise.race([attempt(), timeout])
    } catch {
      return { type: 'retry', reason: 'network', retry_after: null }
    } finally {
      clearTimeout(timer)
    }
  }
}
