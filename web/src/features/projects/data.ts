import { api, got, putBytes } from '@/api/client'
import type { components } from '@/api/schema.gen'

type Schemas = components['schemas']
export type Project = Schemas['ProjectBody']
export type ProjectLine = Schemas['ProjectSummaryBody']
export type ProjectDraft = Schemas['DraftRequest']
export type ProjectAction = Schemas['ProjectActionRequest']
export type ProjectEvent = Schemas['ProjectEventBody']
export type Saving = Schemas['SavingBody']
export type Picture = Schemas['PictureBody']

/** Where a project may stand, in the order of its life. */
export const states = ['proposed', 'planned', 'under_way', 'done', 'verified', 'stopped'] as const
export type State = (typeof states)[number]

/** What a project may be about. */
export const themes = ['safety', 'quality', 'productivity', 'resources', 'five_s', 'workforce', 'cooperation', 'other'] as const

/** How sure a saving is. */
export const stages = ['target', 'forecast', 'actual'] as const
export type Stage = (typeof stages)[number]

/** How a list is narrowed: by a state, an area, or to what the figure "money saved" adds up. */
export interface Wanted {
  state?: string
  area?: string
  from?: string
  to?: string
  currency?: string
  cursor?: string
  limit?: number
}

/** A page of projects. */
export function listProjects(enterprise: string, query: Wanted) {
  return got(api.GET('/api/v1/enterprises/{enterprise}/projects', { params: { path: { enterprise }, query } }))
}

/** How many projects stand in each state. */
export async function countProjects(enterprise: string): Promise<Record<string, number>> {
  const { items } = await got(api.GET('/api/v1/enterprises/{enterprise}/projects/counts', { params: { path: { enterprise } } }))
  return Object.fromEntries(items.map((each) => [each.state, each.n]))
}

/** One project. */
export function findProject(enterprise: string, project: string): Promise<Project> {
  return got(api.GET('/api/v1/enterprises/{enterprise}/projects/{project}', { params: { path: { enterprise, project } } }))
}

/** The projects that come from a case. */
export function listOfCase(enterprise: string, id: string) {
  return got(api.GET('/api/v1/enterprises/{enterprise}/cases/{case}/projects', { params: { path: { enterprise, case: id } } }))
}

/** Proposes a project; the same id sent twice is one project. */
export function propose(enterprise: string, id: string, draft: ProjectDraft, cases: string[]): Promise<Project> {
  return got(api.POST('/api/v1/enterprises/{enterprise}/projects', { params: { path: { enterprise } }, body: { id, cases, ...draft } }))
}

/** Takes a step. */
export function actOn(enterprise: string, one: Project, id: string, action: ProjectAction): Promise<Project> {
  const path = { enterprise, project: one.id }
  return got(api.POST('/api/v1/enterprises/{enterprise}/projects/{project}/actions', { params: { path }, body: { id, version: one.version, action } }))
}

/** Proposes the same for another area. */
export function copyTo(enterprise: string, project: string, id: string, area: string): Promise<Project> {
  const path = { enterprise, project }
  return got(api.POST('/api/v1/enterprises/{enterprise}/projects/{project}/copies', { params: { path }, body: { id, area_id: area } }))
}

/** Where a picture is. */
export function picturePath(enterprise: string, project: string, name: string): string {
  return `/api/v1/enterprises/${enterprise}/projects/${project}/pictures/${encodeURIComponent(name)}`
}

/** Adds a picture; one of after may stand beside one of before. */
export function addPicture(enterprise: string, project: string, name: string, stage: 'before' | 'after', beside: string | undefined, picture: Blob) {
  const query = new URLSearchParams(beside ? { stage, beside } : { stage })
  return putBytes(`${picturePath(enterprise, project, name)}?${query}`, picture)
}

/** Where a list is to be had as a file. */
export function exportPath(enterprise: string, wanted: Wanted, format: 'xlsx' | 'csv', lang: string): string {
  const { state, area, from, to, currency } = wanted
  const given = Object.entries({ format, state, area, from, to, currency, lang })
  const query = new URLSearchParams(given.filter((pair): pair is [string, string] => Boolean(pair[1])))
  return `/api/v1/enterprises/${enterprise}/projects/export?${query}`
}

/** What a form chooses from: people, teams, areas. */
export async function findChoices(enterprise: string) {
  const params = { path: { enterprise } }
  const [persons, teams, places] = await Promise.all([
    got(api.GET('/api/v1/enterprises/{enterprise}/persons', { params })),
    got(api.GET('/api/v1/enterprises/{enterprise}/teams', { params })),
    got(api.GET('/api/v1/enterprises/{enterprise}/places', { params })),
  ])
  return {
    persons: persons.items.filter((each) => each.active),
    teams: teams.items.filter((each) => each.active),
    areas: places.sites.flatMap((site) => site.areas),
  }
}

/** The case that a project is made of. */
export function findCase(enterprise: string, id: string) {
  return got(api.GET('/api/v1/enterprises/{enterprise}/cases/{case}', { params: { path: { enterprise, case: id } } }))
}
