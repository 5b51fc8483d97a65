import { api, got } from '@/api/client'
import type { components } from '@/api/schema.gen'
import { nameOf, type Named } from '@/ui/save'

export type OwnAccount = components['schemas']['OwnAccountBody']

/** One's own account: open sessions, who tried to sign in, what was done to it. */
export function findOwn(): Promise<OwnAccount> {
  return got(api.GET('/api/v1/account'))
}

/** Sets another password; all other sessions end. */
export async function changePassword(password: string, new_password: string): Promise<void> {
  await got(api.PUT('/api/v1/account/password', { body: { password, new_password } }))
}

/** Ends one of one's own sessions. */
export async function endSession(session: string): Promise<void> {
  await got(api.DELETE('/api/v1/account/sessions/{session}', { params: { path: { session } } }))
}

/** Ends all of one's own sessions but this one. */
export async function endOthers(): Promise<void> {
  await got(api.DELETE('/api/v1/account/sessions'))
}

/** Everything that is held about the caller, as an archive. */
export async function takeData(): Promise<Named> {
  const answer = api.POST('/api/v1/account/data', { parseAs: 'blob' })
  const bytes = await got(answer as Promise<{ data?: Blob; error?: unknown; response: Response }>)
  return { name: nameOf((await answer).response, 'my-data.zip'), bytes }
}
