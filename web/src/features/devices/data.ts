import { api, got } from '@/api/client'
import type { components } from '@/api/schema.gen'

export type DeviceKey = components['schemas']['DeviceKeyBody']

/** The keys of machines, the newest first; never themselves. */
export async function listKeys(enterprise: string): Promise<DeviceKey[]> {
  const found = await got(api.GET('/api/v1/enterprises/{enterprise}/device-keys', { params: { path: { enterprise } } }))
  return found.items
}

/** What a key may be for. */
export const PURPOSES = ['scim', 'feed'] as const
export type Purpose = (typeof PURPOSES)[number]

/** Where a system with a key for figures reads them. */
export function feedAddress(enterprise: string): string {
  return `${location.origin}/api/v1/enterprises/${enterprise}/odata`
}

/** Makes a key; the answer is the only one that holds it. */
export async function makeKey(enterprise: string, name: string, purpose: Purpose, last_day: string): Promise<string> {
  const body = { name, scopes: [purpose], last_day }
  const made = await got(api.POST('/api/v1/enterprises/{enterprise}/device-keys', { params: { path: { enterprise } }, body }))
  return made.key
}

/** Ends a key at once. */
export async function endKey(enterprise: string, key: string): Promise<void> {
  await got(api.DELETE('/api/v1/enterprises/{enterprise}/device-keys/{key}', { params: { path: { enterprise, key } } }))
}
