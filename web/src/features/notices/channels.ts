import { api, got } from '@/api/client'
import type { components } from '@/api/schema.gen'

type Schemas = components['schemas']
export type Channel = Schemas['ChannelBody']

/** How notices leave. */
export const ways = ['wecom', 'dingtalk', 'webhook'] as const

/** What they may be about. */
export const kinds = ['danger', 'due'] as const

const at = (enterprise: string) => ({ params: { path: { enterprise } } })
const one = (enterprise: string, channel: string) => ({ params: { path: { enterprise, channel } } })

/** Where notices are sent. */
export async function listChannels(enterprise: string): Promise<Channel[]> {
  return (await got(api.GET('/api/v1/enterprises/{enterprise}/notices/channels', at(enterprise)))).items
}

/** Adds or changes a channel; gives the secret of a new webhook, which is shown once. */
export async function saveChannel(enterprise: string, id: string | null, body: Schemas['ChannelRequest']): Promise<string | null> {
  if (id) {
    await got(api.PUT('/api/v1/enterprises/{enterprise}/notices/channels/{channel}', { ...one(enterprise, id), body }))
    return null
  }
  const made = await got(api.POST('/api/v1/enterprises/{enterprise}/notices/channels', { ...at(enterprise), body }))
  return made.secret ?? null
}

/** Removes a channel. */
export async function dropChannel(enterprise: string, id: string): Promise<void> {
  await got(api.DELETE('/api/v1/enterprises/{enterprise}/notices/channels/{channel}', one(enterprise, id)))
}

/** Sends a trial now, and tells how it fared. */
export async function tryChannel(enterprise: string, id: string): Promise<string> {
  return (await got(api.POST('/api/v1/enterprises/{enterprise}/notices/channels/{channel}/test', one(enterprise, id)))).result
}

const known = new Set(['ok', 'address', 'private', 'connect', 'timeout', 'tls', 'plain', 'redirect', 'status', 'refused', 'no_mail'])

/** The sentence for a result such as `status:404`, and its number. */
export function told(result: string): { key: string; n: string } {
  const [word = '', n = ''] = result.split(':')
  return { key: `channel.result.${known.has(word) ? word : 'connect'}`, n }
}
