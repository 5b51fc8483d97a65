import { api, got } from '@/api/client'
import type { components } from '@/api/schema.gen'

export type SecondFactor = components['schemas']['SecondFactorBody']
export type Offer = components['schemas']['SecondFactorOfferBody']

/** Whether a second step is asked for when one logs in. */
export function findSecond(): Promise<SecondFactor> {
  return got(api.GET('/api/v1/account/second-factor'))
}

/** Begins to set it up: the secret is shown this once. */
export function beginSecond(password: string): Promise<Offer> {
  return got(api.POST('/api/v1/account/second-factor', { body: { password } }))
}

/** The first code turns it on; the recovery codes are shown this once. */
export async function confirmSecond(code: string): Promise<string[]> {
  return (await got(api.POST('/api/v1/account/second-factor/confirm', { body: { code } }))).codes
}

/** New recovery codes; those before end. */
export async function renewCodes(password: string, code: string): Promise<string[]> {
  return (await got(api.POST('/api/v1/account/second-factor/codes', { body: { password, code } }))).codes
}

/** Turns it off. */
export async function removeSecond(password: string, code: string): Promise<void> {
  await got(api.POST('/api/v1/account/second-factor/off', { body: { password, code } }))
}
