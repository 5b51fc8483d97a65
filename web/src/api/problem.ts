import type { components } from './schema.gen'

type ProblemBody = components['schemas']['ProblemBody']

/** Anything that kept a request from succeeding, under the server's stable code. */
export class Problem extends Error {
  readonly code: string
  readonly status: number
  readonly detail: string
  readonly requestId: string | null
  readonly fields: { path: string; code: string }[]

  constructor(body: Partial<ProblemBody> & { code: string; status: number }) {
    super(body.detail ?? body.code)
    this.name = 'Problem'
    this.code = body.code
    this.status = body.status
    this.detail = body.detail ?? ''
    this.requestId = body.request_id ?? null
    this.fields = body.errors ?? []
  }

  /** The request never reached the server, so it may be tried again unchanged. */
  get offline(): boolean {
    return this.code === 'offline'
  }
}

/** Turns whatever was thrown or answered into a problem that has a code. */
export function asProblem(cause: unknown, status = 0): Problem {
  if (cause instanceof Problem) return cause
  if (isBody(cause)) return new Problem({ ...cause, status: cause.status ?? status })
  // A fetch that fails before any answer throws a TypeError in every browser.
  if (cause instanceof TypeError) return new Problem({ code: 'offline', status: 0 })
  return new Problem({ code: status === 0 ? 'unknown' : codeOf(status), status })
}

function isBody(value: unknown): value is ProblemBody {
  return typeof value === 'object' && value !== null && typeof (value as ProblemBody).code === 'string'
}

/** A proxy in between may answer without a problem document; its status still says something. */
function codeOf(status: number): string {
  if (status === 401) return 'session.expired'
  if (status === 403) return 'forbidden'
  if (status === 404) return 'not_found'
  if (status === 413) return 'upload.too_large'
  if (status === 429 || status === 503) return 'busy'
  if (status >= 500) return 'internal'
  return 'unknown'
}

type Translate = (key: string, values: Record<string, unknown>) => string
type Known = (key: string) => boolean

/** The sentence for a problem: our own text, else what the server says, else the bare code. */
export function problemText(problem: Problem, t: Translate, te: Known): string {
  const key = `problem.${problem.code}`
  if (te(key)) return t(key, { code: problem.code })
  if (problem.detail !== '') return problem.detail
  return t('problem.unknown', { code: problem.code })
}
