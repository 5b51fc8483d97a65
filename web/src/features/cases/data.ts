import { api, got } from '@/api/client'
import { deviceToday } from '@/ui/days'
import type { CaseDetail, CasePage, Intake, Person, QueueName, RiskMatrix } from '@/api/types'

export type Queue = QueueName
/** The queues that people work in. */
export const queues: Queue[] = ['triage', 'open', 'overdue', 'to_verify', 'mine', 'ended', 'all']

/** The queue of those who may read who spoke in confidence. */
export const confided: Queue = 'confided'

/** What the figures of a board count. */
export const counted: Queue[] = ['danger', 'spoken', 'in_time', 'unanswered', 'found', 'found_by_workers', 'promised', 'kept', 'resolved']

/** What a list is narrowed by, one at a time. */
export const filters = ['area', 'kind', 'level', 'owner', 'state'] as const
export type Filter = (typeof filters)[number]

export interface Wanted {
  queue: Queue
  area?: string
  within?: string
  from?: string
  to?: string
  kind?: string
  level?: number
  owner?: string
  state?: string
  q?: string
  cursor?: string
  limit?: number
}

/** One page of a queue. */
export async function listCases(enterprise: string, query: Wanted): Promise<CasePage> {
  const page = (await got(
    api.GET('/api/v1/enterprises/{enterprise}/cases', { params: { path: { enterprise }, query } }),
  )) as CasePage
  serverDay = page.today
  return page
}

/** Where a queue is to be had as a file, in the language of this app. */
export function exportPath(enterprise: string, wanted: Wanted, format: 'xlsx' | 'csv', lang: string): string {
  const given = Object.entries({ format, ...wanted, lang }).filter((pair) => pair[1] !== undefined)
  const query = new URLSearchParams(given.map(([key, value]) => [key, String(value)]))
  return `/api/v1/enterprises/${enterprise}/cases/export?${query}`
}

let serverDay: string | null = null

/** Today in the factory as far as it is known: a phone may carry another date. */
export function knownToday(): string {
  return serverDay ?? deviceToday()
}

/** One case with its events and what the caller may do. */
export async function findCase(enterprise: string, id: string): Promise<CaseDetail> {
  const path = { enterprise, case: id }
  return (await got(api.GET('/api/v1/enterprises/{enterprise}/cases/{case}', { params: { path } }))) as CaseDetail
}

/** Where the bytes of an attachment are. */
export function attachmentPath(enterprise: string, id: string, name: string): string {
  return `/api/v1/enterprises/${enterprise}/cases/${id}/attachments/${encodeURIComponent(name)}`
}

/** How many anonymous reports wait to be let out. */
export function findIntake(enterprise: string): Promise<Intake> {
  return got(api.GET('/api/v1/enterprises/{enterprise}/intake', { params: { path: { enterprise } } }))
}

/** Lets all waiting anonymous reports out, shuffled. */
export async function releaseIntake(enterprise: string): Promise<number> {
  const done = await got(
    api.POST('/api/v1/enterprises/{enterprise}/intake/release', { params: { path: { enterprise } } }),
  )
  return done.released
}

/** The risk matrix that holds in this factory. */
export function findMatrix(enterprise: string): Promise<RiskMatrix> {
  return got(api.GET('/api/v1/enterprises/{enterprise}/risk-matrix', { params: { path: { enterprise } } }))
}

/** Those who may own an action. */
export async function listPersons(enterprise: string): Promise<Person[]> {
  const all = await got(api.GET('/api/v1/enterprises/{enterprise}/persons', { params: { path: { enterprise } } }))
  return all.items.filter((each) => each.active)
}
