import { inject, shallowRef, type InjectionKey } from 'vue'
import { api, got, putBytes } from '@/api/client'
import type { ActOnCase, CaseAction, CaseDetail } from '@/api/types'
import { newId } from '@/modules/id'
import { attachmentPath } from './data'

/** One decision on a case, with everything that belongs to it. */
export interface Decision {
  enterprise: string
  one: Pick<CaseDetail, 'id' | 'ref' | 'version'>
  action: CaseAction
  picture?: Blob
}

/** The case as it is now, or null when the decision waits on this device for a connection. */
export type Sender = (decision: Decision) => Promise<CaseDetail | null>

/** The phone puts its outbox here; the desk sends at once. */
export const senderKey: InjectionKey<Sender> = Symbol('sender')

/** The case that a decision from earlier has just changed: pages that show it, or list it, follow. */
export const caughtUp = shallowRef<CaseDetail | null>(null)

/** The parts of a decision as requests, in the order in which they must arrive. */
export function parts(decision: Decision, client: ActOnCase['client']): { picture: string | null; act: ActOnCase } {
  const { one, action, enterprise, picture } = decision
  const name = `${crypto.getRandomValues(new Uint32Array(1))[0]!.toString(36)}.jpg`
  return {
    picture: picture ? `${attachmentPath(enterprise, one.id, name)}?stage=after` : null,
    act: { id: newId(), version: one.version, client, action },
  }
}

/** Sends one act; the same id sent twice is carried out once. */
export async function sendAct(enterprise: string, id: string, act: ActOnCase): Promise<CaseDetail> {
  const path = { enterprise, case: id }
  const body = act
  return (await got(api.POST('/api/v1/enterprises/{enterprise}/cases/{case}/actions', { params: { path }, body }))) as CaseDetail
}

const sendNow: Sender = async (decision) => {
  const { picture, act } = parts(decision, 'desk')
  if (picture && decision.picture) await putBytes(picture, decision.picture)
  return sendAct(decision.enterprise, decision.one.id, act)
}

/** The names of decisions on a case that still wait on this device. */
export type Pending = (id: string) => string[]

/** The phone puts its outbox here; nothing waits on the desk. */
export const pendingKey: InjectionKey<Pending> = Symbol('pending')

/** How decisions leave this app. */
export function useSender(): Sender {
  return inject(senderKey, sendNow)
}

/** What waits on this device. */
export function usePending(): Pending {
  return inject(pendingKey, () => [])
}
