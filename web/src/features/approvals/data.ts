import { api, got } from '@/api/client'
import type { components } from '@/api/schema.gen'

export type Seen = components['schemas']['SeenApprovalBody']

/** The browser that shows a code. */
export function findApproval(code: string): Promise<Seen> {
  return got(api.POST('/api/v1/account/approvals/find', { body: { code } }))
}

/** Lets it in, with the number on its screen, or not. */
export async function settleApproval(code: string, number: string, lets_in: boolean): Promise<void> {
  await got(api.POST('/api/v1/account/approvals', { body: { code, number, lets_in } }))
}
