import { api, got } from '@/api/client'
import type { components } from '@/api/schema.gen'

type Schemas = components['schemas']
export type Reward = Schemas['RewardBody']
export type CaseReward = Schemas['CaseRewardBody']
export type WaitingReward = Schemas['WaitingRewardBody']
export type RewardSums = Schemas['RewardSumsBody']
export type RewardDecision = Schemas['DecisionRequest']
export type PayOut = Schemas['PayOutBody']

/** The views of the list; `waiting` are verified cases about which nobody has decided. */
export const views = ['waiting', 'approved', 'paid', 'withdrawn', 'declined'] as const
export type View = (typeof views)[number]

/** A page of verified cases that wait for a decision. */
export function listWaiting(enterprise: string, cursor?: string) {
  const path = { enterprise }
  return got(api.GET('/api/v1/enterprises/{enterprise}/rewards/waiting', { params: { path, query: { cursor } } }))
}

/** A page of decisions. */
export function listRewards(enterprise: string, state: string, cursor?: string) {
  const path = { enterprise }
  return got(api.GET('/api/v1/enterprises/{enterprise}/rewards', { params: { path, query: { state, cursor } } }))
}

/** The sums of the present month. */
export function findSums(enterprise: string): Promise<RewardSums> {
  return got(api.GET('/api/v1/enterprises/{enterprise}/rewards/sums', { params: { path: { enterprise } } }))
}

/** The proposal and the decisions about one case. */
export function findCaseReward(enterprise: string, id: string): Promise<CaseReward> {
  const path = { enterprise, case: id }
  return got(api.GET('/api/v1/enterprises/{enterprise}/cases/{case}/reward', { params: { path } }))
}

/** Approves or declines. */
export function decideReward(enterprise: string, id: string, body: RewardDecision): Promise<CaseReward> {
  const path = { enterprise, case: id }
  return got(api.POST('/api/v1/enterprises/{enterprise}/cases/{case}/reward', { params: { path }, body }))
}

/** Notes that a reward was handed over. */
export function payReward(enterprise: string, reward: string): Promise<Reward> {
  const path = { enterprise, reward }
  return got(api.POST('/api/v1/enterprises/{enterprise}/rewards/{reward}/pay', { params: { path } }))
}

/** Takes a reward back. */
export function withdrawReward(enterprise: string, reward: string, reason: string): Promise<Reward> {
  const path = { enterprise, reward }
  return got(api.POST('/api/v1/enterprises/{enterprise}/rewards/{reward}/withdraw', { params: { path }, body: { reason } }))
}

/** Where the ledger is to be had as a file. */
export function ledgerPath(enterprise: string, format: 'xlsx' | 'csv', locale: string): string {
  return `/api/v1/enterprises/${enterprise}/rewards/export?format=${format}&lang=${locale}`
}

/** Where the slip to print is. */
export function slipPath(enterprise: string, reward: string, locale: string): string {
  return `/api/v1/enterprises/${enterprise}/rewards/${reward}/slip?lang=${locale}`
}

/** The amount behind a pay code. */
export function findPayCode(enterprise: string, code: string): Promise<PayOut> {
  return got(api.POST('/api/v1/enterprises/{enterprise}/pay-codes/look-up', { params: { path: { enterprise } }, body: { code } }))
}

/** Notes that a pay code was paid; the same id sent twice is one payment. */
export function payPayCode(enterprise: string, id: string, code: string): Promise<PayOut> {
  return got(api.POST('/api/v1/enterprises/{enterprise}/pay-codes/pay', { params: { path: { enterprise } }, body: { id, code } }))
}

/** A random UUID, also on plain http. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
