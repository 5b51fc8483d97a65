import { api, got } from '@/api/client'
import type { components } from '@/api/schema.gen'

export type OwnMail = components['schemas']['OwnMailBody']

const at = (enterprise: string) => ({ params: { path: { enterprise } } })

/** Where one's own notices go by mail. */
export function ownMail(enterprise: string): Promise<OwnMail> {
  return got(api.GET('/api/v1/enterprises/{enterprise}/notices/own-mail', at(enterprise)))
}

/** Sets it; an empty address ends it. */
export async function saveOwnMail(enterprise: string, address: string): Promise<void> {
  await got(api.PUT('/api/v1/enterprises/{enterprise}/notices/own-mail', { ...at(enterprise), body: { address } }))
}

/** Sends a trial now, and tells how it fared. */
export async function tryOwnMail(enterprise: string): Promise<string> {
  return (await got(api.POST('/api/v1/enterprises/{enterprise}/notices/own-mail/test', at(enterprise)))).result
}
