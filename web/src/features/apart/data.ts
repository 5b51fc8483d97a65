import { api, got } from '@/api/client'
import type { components } from '@/api/schema.gen'

type Schemas = components['schemas']
export type Apart = Schemas['ApartBody']
export type ApartDetail = Schemas['ApartDetailBody']
export type ApartWaiting = Schemas['ApartWaitingBody']
export type ApartEnd = Schemas['ApartEnd']

const at = (enterprise: string, report: string) => ({ params: { path: { enterprise, report } } })

/** What is kept apart from the team for whoever is logged in. */
export async function listApart(enterprise: string): Promise<Apart[]> {
  return (await got(api.GET('/api/v1/enterprises/{enterprise}/apart', { params: { path: { enterprise } } }))).items
}

/** Where something waits for an inspector. */
export async function listApartWaiting(): Promise<ApartWaiting[]> {
  return (await got(api.GET('/api/v1/apart'))).items
}

/** One of them. */
export function findApart(enterprise: string, report: string): Promise<ApartDetail> {
  return got(api.GET('/api/v1/enterprises/{enterprise}/apart/{report}', at(enterprise, report)))
}

/** Writes to the reporter; the same key sent twice writes once. */
export function askApart(enterprise: string, report: string, id: string, text: string): Promise<ApartDetail> {
  return got(api.POST('/api/v1/enterprises/{enterprise}/apart/{report}/messages', { ...at(enterprise, report), body: { id, text } }))
}

/** Answers it, or gives it to the team; then nothing is left of it here. */
export async function endApart(enterprise: string, report: string, version: number, end: ApartEnd): Promise<ApartDetail | null> {
  const ended = await got(api.POST('/api/v1/enterprises/{enterprise}/apart/{report}/end', { ...at(enterprise, report), body: { version, end } }))
  return ended.report ?? null
}

/** Where a picture or voice clip lies. */
export const attachmentPath = (enterprise: string, report: string, name: string) =>
  `/api/v1/enterprises/${enterprise}/apart/${report}/attachments/${encodeURIComponent(name)}`
