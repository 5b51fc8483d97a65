import { api, got } from '@/api/client'
import type { Board, Figure, FigureList } from '@/api/types'

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

/** An amount of whole units; a board is no ledger. */
export function amount(minor: number, currency: string | null | undefined, locale: string): string {
  if (!currency) return new Intl.NumberFormat(locale).format(minor)
  const style = { style: 'currency', currency, currencyDisplay: 'narrowSymbol' } as const
  const whole = new Intl.NumberFormat(locale, { ...style, maximumFractionDigits: 0 })
  const decimals = new Intl.NumberFormat(locale, style).resolvedOptions().maximumFractionDigits ?? 2
  return whole.format(minor / 10 ** decimals)
}

/** The number of a figure as it is shown; people who are too few are not counted aloud. */
export function shown(figure: Figure, locale: string): string | null {
  if (figure.numerator == null) return null
  if (figure.source === 'projects' || figure.source === 'rewards') return amount(figure.numerator, figure.currency, locale)
  return new Intl.NumberFormat(locale).format(figure.numerator)
}
