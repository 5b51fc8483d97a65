import { api, got } from '@/api/client'
import type { Invitation, Person, PersonForm, Places, RoleOnPlace, User } from '@/api/types'

const at = (enterprise: string) => ({ params: { path: { enterprise } } })

/** The register: everybody who can own an action or attend, with or without a login. */
export async function listPersons(enterprise: string): Promise<Person[]> {
  return (await got(api.GET('/api/v1/enterprises/{enterprise}/persons', at(enterprise)))).items
}

/** Adds somebody to the register, or changes them. */
export async function savePerson(enterprise: string, id: string | null, body: PersonForm): Promise<void> {
  if (id === null) await got(api.POST('/api/v1/enterprises/{enterprise}/persons', { ...at(enterprise), body }))
  else await got(api.PUT('/api/v1/enterprises/{enterprise}/persons/{person}', { params: { path: { enterprise, person: id } }, body }))
}

/** Sites and areas, to say where somebody works and what a role covers. */
export function findPlaces(enterprise: string): Promise<Places> {
  return got(api.GET('/api/v1/enterprises/{enterprise}/places', at(enterprise)))
}

/** Everybody who can log in. */
export async function listUsers(enterprise: string): Promise<User[]> {
  return (await got(api.GET('/api/v1/enterprises/{enterprise}/users', at(enterprise)))).items
}

export interface NewUser {
  person_id: string
  login: string
  locale: string
  roles: RoleOnPlace[]
}

/** Invites somebody: they set their own password with the code. */
export function inviteUser(enterprise: string, body: NewUser): Promise<{ user_id: string; invitation: Invitation }> {
  return got(api.POST('/api/v1/enterprises/{enterprise}/users', { ...at(enterprise), body }))
}

const user = (enterprise: string, id: string) => ({ params: { path: { enterprise, user: id } } })

/** A code with which somebody sets a new password; null where a second person must agree first. */
export async function resetUser(enterprise: string, id: string): Promise<Invitation | null> {
  const made = await got(api.POST('/api/v1/enterprises/{enterprise}/users/{user}/reset', user(enterprise, id)))
  return made && 'code' in made ? made : null
}

/** Whether an answer says that a second person must agree first. */
const isHeld = (answer: unknown) => typeof answer === 'object' && answer !== null && 'waits' in answer

/** Locks a login out, or lets it in again; whether it waits for a second person. */
export async function setDisabled(enterprise: string, id: string, disabled: boolean): Promise<boolean> {
  if (disabled) return isHeld(await got(api.POST('/api/v1/enterprises/{enterprise}/users/{user}/disable', user(enterprise, id))))
  return isHeld(await got(api.POST('/api/v1/enterprises/{enterprise}/users/{user}/enable', user(enterprise, id))))
}

/** Takes the second step off for somebody who has lost it; whether it waits for a second person. */
export async function resetSecond(enterprise: string, id: string): Promise<boolean> {
  return isHeld(await got(api.POST('/api/v1/enterprises/{enterprise}/users/{user}/reset-second-factor', user(enterprise, id))))
}

/** Signs somebody out everywhere. */
export async function endSessions(enterprise: string, id: string): Promise<void> {
  await got(api.POST('/api/v1/enterprises/{enterprise}/users/{user}/end-sessions', user(enterprise, id)))
}

/** Gives exactly these roles; whether some of it waits for a second person. */
export async function setRoles(enterprise: string, id: string, roles: RoleOnPlace[]): Promise<boolean> {
  return isHeld(await got(api.PUT('/api/v1/enterprises/{enterprise}/users/{user}/roles', { ...user(enterprise, id), body: { roles } })))
}
