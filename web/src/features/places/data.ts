import { api, got } from '@/api/client'
import type { Area, Places, Site, User } from '@/api/types'

export interface SiteForm {
  name: string
  address: string
  region_code: string
}

export interface AreaForm {
  site_id: string
  parent_id: string | null
  kind: 'area' | 'machine'
  name: string
}

const at = (enterprise: string) => ({ params: { path: { enterprise } } })

/** The sites of a factory with their areas, machines and codes. */
export function findPlaces(enterprise: string): Promise<Places> {
  return got(api.GET('/api/v1/enterprises/{enterprise}/places', at(enterprise)))
}

/** Adds a site, or changes one. */
export async function saveSite(enterprise: string, id: string | null, body: SiteForm): Promise<void> {
  if (id === null) await got(api.POST('/api/v1/enterprises/{enterprise}/sites', { ...at(enterprise), body }))
  else await got(api.PUT('/api/v1/enterprises/{enterprise}/sites/{site}', { params: { path: { enterprise, site: id } }, body }))
}

/** Adds an area or a machine; its code comes with it. */
export async function createArea(enterprise: string, body: AreaForm): Promise<void> {
  await got(api.POST('/api/v1/enterprises/{enterprise}/areas', { ...at(enterprise), body }))
}

/** Changes the name; the code on the wall stays good. */
export async function renameArea(enterprise: string, area: string, name: string): Promise<void> {
  await got(api.PUT('/api/v1/enterprises/{enterprise}/areas/{area}', { params: { path: { enterprise, area } }, body: { name } }))
}

/** Attests how many people work in an area. */
export async function attestHeads(enterprise: string, area: string, heads: number): Promise<void> {
  await got(api.PUT('/api/v1/enterprises/{enterprise}/areas/{area}/heads', { params: { path: { enterprise, area } }, body: { heads } }))
}

/** The number to call in danger, and who reads what is said in confidence; whether that name waits for a second person. */
export async function saveSettings(enterprise: string, body: Pick<Places, 'emergency_phone' | 'confidant_user_id'>): Promise<boolean> {
  const answer: unknown = await got(api.PUT('/api/v1/enterprises/{enterprise}/settings', { ...at(enterprise), body }))
  return typeof answer === 'object' && answer !== null && 'waits' in answer
}

/** The logins of the factory, to choose a confidant from. */
export async function listUsers(enterprise: string): Promise<User[]> {
  return (await got(api.GET('/api/v1/enterprises/{enterprise}/users', at(enterprise)))).items
}

/** Where the sheet of labels to print is. */
export function labelsPath(enterprise: string): string {
  return `/api/v1/enterprises/${enterprise}/labels`
}

export interface AreaNode extends Area {
  depth: number
}

/** Areas in the order of a tree: every machine right below its area, each with its depth. */
export function inTree(site: Site): AreaNode[] {
  const known = new Set(site.areas.map((area) => area.id))
  const under = (parent: string | null): Area[] =>
    site.areas.filter((area) => (area.parent_id && known.has(area.parent_id) ? area.parent_id : null) === parent)
  const walk = (parent: string | null, depth: number): AreaNode[] =>
    under(parent).flatMap((area) => [{ ...area, depth }, ...walk(area.id, depth + 1)])
  return walk(null, 0)
}
