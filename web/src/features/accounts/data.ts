import { api, got } from '@/api/client'
import type { components } from '@/api/schema.gen'
import type { Invitation } from '@/api/types'

type Schemas = components['schemas']
export type AccountChange = Schemas['AccountChangeBody']
export type AccountEvent = Schemas['AccountEventBody']
export type AccountEvents = Schemas['AccountEventsBody']

export type Look = Schemas['LookBody']
export type Looks = Schemas['LooksBody']

const at = (enterprise: string, change: string) => ({ params: { path: { enterprise, change } } })

/** A page of looks at names and recordings, and from outside. */
export function listLooks(enterprise: string, cursor?: string): Promise<Looks> {
  return got(api.GET('/api/v1/enterprises/{enterprise}/looks', { params: { path: { enterprise }, query: { cursor } } }))
}

/** What waits for a second person, as far as it concerns the caller. */
export async function listChanges(enterprise: string): Promise<AccountChange[]> {
  return (await got(api.GET('/api/v1/enterprises/{enterprise}/account-changes', { params: { path: { enterprise } } }))).items
}

/** Agrees as the second person; the password proves who is there. */
export async function agree(enterprise: string, change: string, password: string): Promise<void> {
  await got(api.POST('/api/v1/enterprises/{enterprise}/account-changes/{change}/agree', { ...at(enterprise, change), body: { password } }))
}

/** Objects, or takes back what one asked for. */
export async function refuse(enterprise: string, change: string): Promise<void> {
  await got(api.POST('/api/v1/enterprises/{enterprise}/account-changes/{change}/refuse', at(enterprise, change)))
}

/** Does what was agreed to; of a reset, the code. */
export async function carryOut(enterprise: string, change: string): Promise<Invitation | null> {
  const done = await got(api.POST('/api/v1/enterprises/{enterprise}/account-changes/{change}/carry-out', at(enterprise, change)))
  return done.invitation ?? null
}

/** A page of what was done to accounts. */
export function listEvents(enterprise: string, cursor?: string): Promise<AccountEvents> {
  return got(api.GET('/api/v1/enterprises/{enterprise}/account-events', { params: { path: { enterprise }, query: { cursor, limit: 30 } } }))
}
