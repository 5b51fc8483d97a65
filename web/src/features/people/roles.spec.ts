import { expect, test } from 'vitest'
import type { Places } from '@/api/types'
import { fromRows, placeChoices, placeName, toRows } from './roles'

const places = {
  sites: [{ id: 's1', name: 'East', areas: [{ id: 'a1', name: 'Hall', kind: 'area' }, { id: 'm1', name: 'Saw', kind: 'machine' }] }],
} as unknown as Places

test('roles survive the form, without empty rows and without doubles', () => {
  const roles = [{ role: 'eit_member', place_kind: 'area', place_key: 'a1' } as const]
  const rows = [...toRows(roles), { role: '', place: 'enterprise:e' }, ...toRows(roles)]
  expect(fromRows(rows)).toEqual(roles)
})

test('a role on the whole factory needs no place name', () => {
  expect(placeName(places, { role: 'manager', place_kind: 'enterprise', place_key: 'e' })).toBe('')
  expect(placeName(places, { role: 'eit_member', place_kind: 'area', place_key: 'a1' })).toBe('Hall')
})

test('roles are given on areas, not on machines, and a single site is not named', () => {
  expect(placeChoices(places, 'e', 'All').map((each) => each.label)).toEqual(['All', 'Hall'])
})
