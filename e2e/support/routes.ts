import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Screen } from './test'

/** A screen as a router knows it. */
interface Route {
  name: string
  path: string
}

/** The screens of an app, read from its router, without the bare address, which shows nothing itself. */
export function routesOf(app: Screen): Route[] {
  const router = readFileSync(join(import.meta.dirname, `../../web/src/${app}/router.ts`), 'utf8')
  const routes = Array.from(router.matchAll(/\{\s*path: '([^']+)',\s*name: '([^']+)'/g), ([, path = '', name = '']) => ({ path, name }))
  const all = router.match(/\bpath: '/g)?.length ?? 0
  const redirects = router.match(/\bredirect:/g)?.length ?? 0
  if (!routes.length || routes.length !== all - redirects) throw new Error(`${app}/router.ts has a route that can't be read here`)
  return routes.filter(({ name }) => name !== 'home')
}

/** The name of the route at which an app stands; of two that fit, the one with fewer blanks to fill. */
export function routeAt(app: Screen, address: string): string | undefined {
  const { pathname, hash } = new URL(address)
  if (pathname !== `/${app}/`) return undefined
  const at = hash.slice(1).split('?')[0] ?? ''
  const blanks = ({ path }: Route): number => path.split(':').length
  const fits = ({ path }: Route): boolean => new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`).test(at)
  return routesOf(app).sort((one, other) => blanks(one) - blanks(other)).find(fits)?.name
}
