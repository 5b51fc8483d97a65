import { api, got } from '@/api/client'
import type { CasesAcross, FactoryLines, NamedRegion, RegionBoard, RegionTotal, TrendWeek } from '@/api/types'
import { amount } from '@/ui/money'

/** How many weeks a view may cover. */
export const spans = [4, 12, 26] as const

/** The weeks that an address names. */
export function spanOf(asked: unknown): number {
  return spans.find((each) => String(each) === asked) ?? 4
}

/** The sums of a region; of one's own where none is named. */
export function findRegion(region: string | undefined, weeks: number): Promise<RegionBoard> {
  return got(api.GET('/api/v1/oversight', { params: { query: { region, weeks } } }))
}

export interface WantedFactories {
  region?: string
  weeks?: number
  week?: string
  figure?: string
  currency?: string
  order?: 'name' | 'need'
  cursor?: string
}

/** A page of the factories that one looks after. */
export function listFactories(query: WantedFactories): Promise<FactoryLines> {
  return got(api.GET('/api/v1/oversight/factories', { params: { query } }))
}

/** What the list of all factories' cases can show. */
export const acrossQueues = ['open', 'danger', 'overdue', 'new', 'accepted', 'planned', 'done'] as const

export interface WantedCases {
  region?: string
  queue?: (typeof acrossQueues)[number]
  level?: number
  cursor?: string
}

/** A page of the open cases of all factories that one looks after. */
export function listCasesAcross(query: WantedCases): Promise<CasesAcross> {
  return got(api.GET('/api/v1/oversight/cases', { params: { query } })) as Promise<CasesAcross>
}

/** What a division is called. */
export function regionName(region: NamedRegion, locale: string): string {
  const [first, second] = locale === 'en' ? [region.name_en, region.name_zh] : [region.name_zh, region.name_en]
  return first || second || region.code
}

/** The number of a figure as it is shown. */
export function shownTotal(total: Pick<RegionTotal, 'name' | 'numerator' | 'currency'>, locale: string): string {
  if (total.numerator == null) return '–'
  if (total.name === 'saving') return amount(total.numerator, total.currency, locale)
  return new Intl.NumberFormat(locale).format(total.numerator)
}

/** Where the factories are that a figure counts. */
export function factoriesRoute(total: Pick<RegionTotal, 'name' | 'currency'>, region: string, weeks: number) {
  const query = { region, weeks: String(weeks), figure: total.name, ...(total.currency ? { currency: total.currency } : {}) }
  return { name: 'factories', query }
}

/** Where the factories are that a week of the trend counts. */
export function weekRoute(week: TrendWeek, column: 'reported' | 'resolved', region: string, weeks: number) {
  return week[column] ? { name: 'factories', query: { region, weeks: String(weeks), week: week.from, figure: column } } : undefined
}

/** The last day of the week that begins on a day. */
export function weekEnd(from: string): string {
  const day = new Date(`${from}T00:00:00Z`)
  day.setUTCDate(day.getUTCDate() + 6)
  return day.toISOString().slice(0, 10)
}
