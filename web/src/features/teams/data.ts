import { api, got } from '@/api/client'
import type { Agenda, CasePage, Decision, Idea, Meeting, MeetingEntry, MeetingHead, MemberForm, Person, Places, Team, TeamForm } from '@/api/types'
import { newId } from '@/modules/id'

const at = (enterprise: string) => ({ params: { path: { enterprise } } })
const ofTeam = (enterprise: string, team: string) => ({ params: { path: { enterprise, team } } })
const ofMeeting = (enterprise: string, meeting: string) => ({ params: { path: { enterprise, meeting } } })

/** The improvement teams with their members. */
export async function listTeams(enterprise: string): Promise<Team[]> {
  return (await got(api.GET('/api/v1/enterprises/{enterprise}/teams', at(enterprise)))).items
}

/** Adds a team, or changes one. */
export async function saveTeam(enterprise: string, id: string | null, body: TeamForm): Promise<void> {
  if (id === null) await got(api.POST('/api/v1/enterprises/{enterprise}/teams', { ...at(enterprise), body }))
  else await got(api.PUT('/api/v1/enterprises/{enterprise}/teams/{team}', { ...ofTeam(enterprise, id), body }))
}

/** Takes somebody into a team, or changes what the member is there. */
export async function saveMember(enterprise: string, team: string, person: string, body: MemberForm): Promise<void> {
  await got(api.PUT('/api/v1/enterprises/{enterprise}/teams/{team}/members/{person}', { params: { path: { enterprise, team, person } }, body }))
}

/** Somebody leaves a team. */
export async function endMember(enterprise: string, team: string, person: string): Promise<void> {
  await got(api.DELETE('/api/v1/enterprises/{enterprise}/teams/{team}/members/{person}', { params: { path: { enterprise, team, person } } }))
}

/** What the team speaks about. */
export async function findAgenda(enterprise: string, team: string): Promise<Agenda> {
  return (await got(api.GET('/api/v1/enterprises/{enterprise}/teams/{team}/agenda', ofTeam(enterprise, team)))) as Agenda
}

/** The latest meetings of a team. */
export async function listMeetings(enterprise: string, team: string): Promise<MeetingEntry[]> {
  return (await got(api.GET('/api/v1/enterprises/{enterprise}/teams/{team}/meetings', ofTeam(enterprise, team)))).items
}

/** Begins a meeting, or joins the one that is going on. */
export function beginMeeting(enterprise: string, team: string): Promise<Meeting> {
  const body = { id: newId() }
  return got(api.POST('/api/v1/enterprises/{enterprise}/teams/{team}/meetings', { ...ofTeam(enterprise, team), body }))
}

/** A meeting with its minutes. */
export function findMeeting(enterprise: string, meeting: string): Promise<Meeting> {
  return got(api.GET('/api/v1/enterprises/{enterprise}/meetings/{meeting}', ofMeeting(enterprise, meeting)))
}

export interface Mark {
  person_id?: string
  guest_id?: string
  guest_name?: string
  guest_kind?: string
  present: boolean
}

/** Marks who is there. */
export function markAttendance(enterprise: string, meeting: string, marks: Mark[]): Promise<Meeting> {
  return got(api.PUT('/api/v1/enterprises/{enterprise}/meetings/{meeting}/attendance', { ...ofMeeting(enterprise, meeting), body: { marks } }))
}

/** Writes decisions into their cases, all of them or none. */
export async function writeDecisions(enterprise: string, meeting: string, id: string, client: 'phone' | 'desk', decisions: Decision[]): Promise<void> {
  const body = { id, client, decisions }
  await got(api.POST('/api/v1/enterprises/{enterprise}/meetings/{meeting}/decisions', { ...ofMeeting(enterprise, meeting), body }))
}

/** Ends a meeting. */
export function closeMeeting(enterprise: string, meeting: string, body: MeetingHead): Promise<Meeting> {
  return got(api.POST('/api/v1/enterprises/{enterprise}/meetings/{meeting}/close', { ...ofMeeting(enterprise, meeting), body }))
}

/** Notes that the minutes hang on the wall. */
export function postMinutes(enterprise: string, meeting: string): Promise<Meeting> {
  return got(api.POST('/api/v1/enterprises/{enterprise}/meetings/{meeting}/post', ofMeeting(enterprise, meeting)))
}

/** Writes many ideas down at once. */
export async function recordIdeas(enterprise: string, id: string, client: 'phone' | 'desk', source: string, meeting: string | null, ideas: Idea[]): Promise<void> {
  await got(api.POST('/api/v1/enterprises/{enterprise}/ideas', { ...at(enterprise), body: { id, client, source, meeting, ideas } }))
}

/** Those who may own an action or belong to a team. */
export async function listPersons(enterprise: string): Promise<Person[]> {
  const all = await got(api.GET('/api/v1/enterprises/{enterprise}/persons', at(enterprise)))
  return all.items.filter((each) => each.active)
}

/** Sites and areas. */
export function findPlaces(enterprise: string): Promise<Places> {
  return got(api.GET('/api/v1/enterprises/{enterprise}/places', at(enterprise)))
}

/** Open cases, to find the one that another is merged into. */
export async function listOpen(enterprise: string): Promise<CasePage['items']> {
  const query = { queue: 'open' as const, limit: 200 }
  const page = (await got(api.GET('/api/v1/enterprises/{enterprise}/cases', { params: { path: { enterprise }, query } }))) as CasePage
  return page.items
}

/** Where the bytes of a picture are. */
export function picturePath(enterprise: string, id: string, name: string): string {
  return `/api/v1/enterprises/${enterprise}/cases/${id}/attachments/${encodeURIComponent(name)}`
}
