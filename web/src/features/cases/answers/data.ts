import { api, got } from '@/api/client'
import type { Conversation, Reply, Suggestions } from '@/api/types'

/** Cases that are much like one, and answers that were given to its sort. */
export async function findSuggestions(enterprise: string, id: string): Promise<Suggestions> {
  const path = { enterprise, case: id }
  return (await got(
    api.GET('/api/v1/enterprises/{enterprise}/cases/{case}/suggestions', { params: { path } }),
  )) as Suggestions
}

/** What was asked and replied. */
export function findMessages(enterprise: string, id: string): Promise<Conversation> {
  const path = { enterprise, case: id }
  return got(api.GET('/api/v1/enterprises/{enterprise}/cases/{case}/messages', { params: { path } }))
}

/** Asks the reporter; the same key sent twice asks once. */
export function askReporter(enterprise: string, id: string, key: string, text: string): Promise<Conversation> {
  const path = { enterprise, case: id }
  const body = { id: key, text }
  return got(api.POST('/api/v1/enterprises/{enterprise}/cases/{case}/messages', { params: { path }, body }))
}

/** The cases whose reporters have the last word. */
export async function listReplies(enterprise: string): Promise<Reply[]> {
  const path = { enterprise }
  return (await got(api.GET('/api/v1/enterprises/{enterprise}/replies', { params: { path } }))).items
}
