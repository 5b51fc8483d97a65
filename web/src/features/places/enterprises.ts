import { api, got } from '@/api/client'
import type { Enterprise } from '@/api/types'

/** One page of the directory: the factories that the caller may see. */
export function listEnterprises(cursor: string | null): Promise<{ items: Enterprise[]; next_cursor?: string | null }> {
  return got(api.GET('/api/v1/enterprises', { params: { query: { cursor: cursor ?? undefined } } }))
}

/** The factories in a page of the directory, without the offices of authorities. */
export function factories(all: Enterprise[]): Enterprise[] {
  return all.filter((each) => each.kind !== 'authority')
}

export interface NewEnterprise {
  name: string
  credit_code: string | null
  region_code: string
  time_zone: string
}

/** Adds a factory to the directory; a doubtful credit code comes back as a warning. */
export function createEnterprise(body: NewEnterprise): Promise<{ enterprise: Enterprise; warnings: string[] }> {
  return got(api.POST('/api/v1/enterprises', { body }))
}
