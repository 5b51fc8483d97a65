import type { Places, Role, RoleOnPlace } from '@/api/types'

/** Roles that somebody can have in a factory. */
export const factoryRoles: Role[] = [
  'administrator',
  'manager',
  'safety_officer',
  'worker_representative',
  'eit_leader',
  'eit_secretary',
  'eit_member',
]

/** Roles that somebody can have in an authority. */
export const authorityRoles: Role[] = ['administrator', 'inspector', 'county_officer']

/** The name of the place that a role covers; empty for the whole factory. */
export function placeName(places: Places, role: RoleOnPlace): string {
  if (role.place_kind === 'region') return role.place_key
  if (role.place_kind === 'site') return places.sites.find((site) => site.id === role.place_key)?.name ?? ''
  if (role.place_kind !== 'area') return ''
  return places.sites.flatMap((site) => site.areas).find((area) => area.id === role.place_key)?.name ?? ''
}

export interface PlaceChoice {
  value: string
  label: string
}

/** The places a role can be given on, each as `kind:key` for a select; one's own regions come first. */
export function placeChoices(places: Places, enterprise: string, whole: string, regions: PlaceChoice[] = []): PlaceChoice[] {
  const several = places.sites.length > 1
  return [
    ...regions,
    { value: `enterprise:${enterprise}`, label: whole },
    ...places.sites.flatMap((site) => [
      ...(several ? [{ value: `site:${site.id}`, label: site.name }] : []),
      ...site.areas.filter((area) => area.kind === 'area').map((area) => ({ value: `area:${area.id}`, label: several ? `${site.name} · ${area.name}` : area.name })),
    ]),
  ]
}

/** A role as two selects hold it. */
export interface RoleRow {
  role: string
  place: string
}

/** Rows for the form, and back; a row without a role is left out, and nothing is given twice. */
export function toRows(roles: RoleOnPlace[]): RoleRow[] {
  return roles.map((each) => ({ role: each.role, place: `${each.place_kind}:${each.place_key}` }))
}

export function fromRows(rows: RoleRow[]): RoleOnPlace[] {
  const unique = new Map(rows.filter((row) => row.role).map((row) => [`${row.role} ${row.place}`, row]))
  return [...unique.values()].map(({ role, place }) => {
    const [kind, key] = [place.slice(0, place.indexOf(':')), place.slice(place.indexOf(':') + 1)]
    return { role, place_kind: kind, place_key: key }
  })
}
