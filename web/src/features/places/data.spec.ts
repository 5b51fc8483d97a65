import { expect, test } from 'vitest'
import type { Area, Site } from '@/api/types'
import { inTree } from './data'

const area = (id: string, parent_id: string | null) => ({ id, parent_id }) as Area

test('a machine stands right below its area, and an area whose parent is unknown is not lost', () => {
  const site = { areas: [area('saw', 'hall'), area('hall', null), area('yard', 'gone'), area('blade', 'saw')] } as Site
  expect(inTree(site).map((each) => [each.id, each.depth])).toEqual([
    ['hall', 0],
    ['saw', 1],
    ['blade', 2],
    ['yard', 0],
  ])
})
