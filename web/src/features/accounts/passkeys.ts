import { api, got } from '@/api/client'
import type { components } from '@/api/schema.gen'
import { make } from '@/modules/passkey'

export type Passkeys = components['schemas']['PasskeysBody']

/** One's own passkeys, and where they work. */
export function listPasskeys(): Promise<Passkeys> {
  return got(api.GET('/api/v1/account/passkeys'))
}

/** Has the browser make a passkey, and keeps its public half. */
export async function addPasskey(name: string): Promise<void> {
  const wish = await got(api.POST('/api/v1/account/passkeys/challenge'))
  await got(api.POST('/api/v1/account/passkeys', { body: { name, ...(await make(wish)) } }))
}

/** Removes one; it opens nothing any more. */
export async function removePasskey(passkey: string): Promise<void> {
  await got(api.DELETE('/api/v1/account/passkeys/{passkey}', { params: { path: { passkey } } }))
}
