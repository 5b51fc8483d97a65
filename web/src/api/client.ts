import createClient from 'openapi-fetch'
import type { paths } from './schema.gen'
import { asProblem } from './problem'

/** What the apps plug in: the language to ask for, and how to log in again without leaving the page. */
export const hooks = {
  language: (): string => 'zh-CN',
  /** Resolves to true when the same person has logged in again, so that the request can go on. */
  logInAgain: async (): Promise<boolean> => false,
  /** Resolves to true when this person has shown who is there, so that the signature can go on. */
  prove: async (): Promise<boolean> => false,
  /** Leads to where a missing second step is set up or shown. */
  secondStep: (): void => undefined,
}

/** Why something is forbidden; the body is left unread for others. */
async function refusal(response: Response): Promise<string | undefined> {
  if (response.status !== 403) return undefined
  const problem: unknown = await response
    .clone()
    .json()
    .catch(() => null)
  return (problem as { code?: string } | null)?.code
}

async function guarded(request: Request): Promise<Response> {
  const again = request.clone()
  const response = await fetch(request)
  const login = new URL(request.url).pathname.startsWith('/api/v1/session')
  const why = await refusal(response)
  if (why?.startsWith('second_step.')) hooks.secondStep()
  if (why === 'session.step_up') return (await hooks.prove()) ? fetch(again) : response
  if (response.status !== 401 || login) return response
  return (await hooks.logInAgain()) ? fetch(again) : response
}

/** The typed client of the whole API. Cookies carry the session; nothing is kept in the page. */
export const api = createClient<paths>({ baseUrl: '/', fetch: guarded, credentials: 'same-origin' })

api.use({
  onRequest({ request }) {
    request.headers.set('Accept-Language', hooks.language())
    return request
  },
})

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** The body of an answer, or its problem thrown. */
export async function got<T>(answer: Promise<Answer<T>>): Promise<T> {
  let done: Answer<T>
  try {
    done = await answer
  } catch (cause) {
    throw asProblem(cause)
  }
  if (!done.response.ok) throw asProblem(done.error, done.response.status)
  return done.data as T
}

/** Sends raw bytes, which the typed client would turn into JSON. */
export async function putBytes(path: string, body: Blob): Promise<void> {
  const headers = { 'Content-Type': body.type, 'Accept-Language': hooks.language() }
  const answer = await guarded(new Request(path, { method: 'PUT', body, headers })).catch((cause) => {
    throw asProblem(cause)
  })
  if (!answer.ok) throw asProblem(await answer.json().catch(() => null), answer.status)
}
