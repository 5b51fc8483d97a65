import { api, got } from '@/api/client'
import type { Area, CaseSummary, Invitation, Person, Places, RoleOnPlace, Roll, Standing, User } from '@/api/types'

const at = (enterprise: string) => ({ params: { path: { enterprise } } })

/** The steps in their order; the words are the server's. */
export const steps = ['factory', 'areas', 'persons', 'team', 'labels', 'report'] as const
export type Step = (typeof steps)[number]

/** How far the factory is. */
export function findStanding(enterprise: string): Promise<Standing> {
  return got(api.GET('/api/v1/enterprises/{enterprise}/start', at(enterprise)))
}

export interface Factory {
  name: string
  credit_code: string
  region_code: string
  time_zone: string
  emergency_phone: string
}

/** Saves what is said about the factory; gives the codes of what is worth a second look. */
export async function saveFactory(enterprise: string, form: Factory): Promise<string[]> {
  const { emergency_phone, ...body } = form
  const { warnings } = await got(api.PUT('/api/v1/enterprises/{enterprise}', { ...at(enterprise), body }))
  const places = await findPlaces(enterprise)
  const settings = { emergency_phone, confidant_user_id: places.confidant_user_id ?? null }
  await got(api.PUT('/api/v1/enterprises/{enterprise}/settings', { ...at(enterprise), body: settings }))
  return warnings
}

/** Sites and areas. */
export function findPlaces(enterprise: string): Promise<Places> {
  return got(api.GET('/api/v1/enterprises/{enterprise}/places', at(enterprise)))
}

/** The areas of all sites, without machines. */
export function areasOf(places: Places): Area[] {
  return places.sites.flatMap((site) => site.areas).filter((area) => area.kind === 'area')
}

/** Adds an area with its people. A factory without a site gets one under its own name first. */
export async function addArea(enterprise: string, places: Places, factory: string, name: string, heads: number | null): Promise<void> {
  let site = places.sites[0]?.id
  if (!site) {
    const body = { name: factory, address: '', region_code: null }
    site = (await got(api.POST('/api/v1/enterprises/{enterprise}/sites', { ...at(enterprise), body }))).id
  }
  const body = { site_id: site, parent_id: null, kind: 'area' as const, name }
  const area = await got(api.POST('/api/v1/enterprises/{enterprise}/areas', { ...at(enterprise), body }))
  if (heads !== null) await saveHeads(enterprise, area.id, heads)
}

/** Says how many people work in an area. */
export async function saveHeads(enterprise: string, area: string, heads: number): Promise<void> {
  await got(api.PUT('/api/v1/enterprises/{enterprise}/areas/{area}/heads', { params: { path: { enterprise, area } }, body: { heads } }))
}

/** The register of people. */
export async function listPersons(enterprise: string): Promise<Person[]> {
  return (await got(api.GET('/api/v1/enterprises/{enterprise}/persons', at(enterprise)))).items
}

/** Adds somebody to the register. */
export async function addPerson(enterprise: string, body: { name: string; staff_number: string | null; position: string; area_id: string | null }): Promise<void> {
  await got(api.POST('/api/v1/enterprises/{enterprise}/persons', { ...at(enterprise), body }))
}

/** Sends a list of people, to try it or to take it over. */
export function sendList(enterprise: string, file: File, trial: boolean): Promise<Roll> {
  const bodySerializer = () => {
    const form = new FormData()
    form.append('file', file)
    return form
  }
  const params = { path: { enterprise }, query: { dry_run: trial } }
  return got(api.POST('/api/v1/enterprises/{enterprise}/persons/list', { params, body: { file: '' }, bodySerializer }))
}

/** Everybody who can log in. */
export async function listUsers(enterprise: string): Promise<User[]> {
  return (await got(api.GET('/api/v1/enterprises/{enterprise}/users', at(enterprise)))).items
}

/** A role in the whole factory. */
export function onFactory(enterprise: string, role: string): RoleOnPlace {
  return { role, place_kind: 'enterprise', place_key: enterprise }
}

/** Invites somebody with one role. */
export async function invite(enterprise: string, person: string, login: string, role: string, locale: string): Promise<Invitation> {
  const body = { person_id: person, login, locale, roles: [onFactory(enterprise, role)] }
  return (await got(api.POST('/api/v1/enterprises/{enterprise}/users', { ...at(enterprise), body }))).invitation
}

/** A new code for somebody who has lost theirs before using it; null where they have used it meanwhile. */
export async function inviteAgain(enterprise: string, user: string): Promise<Invitation | null> {
  const made = await got(api.POST('/api/v1/enterprises/{enterprise}/users/{user}/reset', { params: { path: { enterprise, user } } }))
  return made && 'code' in made ? made : null
}

/** Gives exactly these roles. */
export async function saveRoles(enterprise: string, user: string, roles: RoleOnPlace[]): Promise<void> {
  await got(api.PUT('/api/v1/enterprises/{enterprise}/users/{user}/roles', { params: { path: { enterprise, user } }, body: { roles } }))
}

/** Notes that the codes hang on the walls. */
export async function hangLabels(enterprise: string): Promise<void> {
  await got(api.POST('/api/v1/enterprises/{enterprise}/labels/hung', at(enterprise)))
}

/** What has come in and waits for an answer. */
export async function listNew(enterprise: string): Promise<CaseSummary[]> {
  const query = { queue: 'triage' as const, limit: 5 }
  const page = await got(api.GET('/api/v1/enterprises/{enterprise}/cases', { params: { path: { enterprise }, query } }))
  return page.items as CaseSummary[]
}
