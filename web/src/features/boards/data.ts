import { api, got } from '@/api/client'
import type { Board, Figure, FigureList } from '@/api/types'
import { amount } from '@/ui/money'

/** How many weeks a board may cover. */
export const spans = [4, 12, 26] as const
export type Span = (typeof spans)[number]

/** The factory board. */
export function findBoard(enterprise: string, weeks: Span): Promise<Board> {
  const params = { path: { enterprise }, query: { weeks } }
  return got(api.GET('/api/v1/enterprises/{enterprise}/board', { params }))
}

/** Where the list is that contains exactly what a figure counts. */
export function listRoute(enterprise: string, list: FigureList | null | undefined) {
  if (!list) return undefined
  const query = Object.fromEntries(Object.entries(list).filter(([, value]) => value != null))
  return { name: 'cases', params: { enterprise }, query: query as Record<string, string> }
}

/** Where what a figure counts is listed: its cases, or the projects whose savings it adds up. */
export function figureRoute(enterprise: string, figure: Figure) {
  if (!figure.projects) return listRoute(enterprise, figure.list)
  const { from, to, currency } = figure.projects
  return { name: 'projects', params: { enterprise }, query: { from, to, ...(currency ? { currency } : {}) } }
}

/** The number of a figure as it is shown; nothing where it is held back. */
export function shown(figure: Figure, locale: string): string | null {
  if (figure.numerator == null) return null
  if (figure.source === 'projects' || figure.source === 'rewards') return amount(figure.numerator, figure.currency, locale)
  return new Intl.NumberFormat(locale).format(figure.numerator)
}
