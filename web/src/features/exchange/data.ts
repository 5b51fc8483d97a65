import { api, got } from '@/api/client'
import type { Count, Import, ImportError } from '@/api/types'

const at = (enterprise: string) => ({ params: { path: { enterprise } } })
const of = (enterprise: string, id: string) => ({ params: { path: { enterprise, import: id } } })

/** The files that were uploaded so far. */
export async function listImports(enterprise: string): Promise<Import[]> {
  return (await got(api.GET('/api/v1/enterprises/{enterprise}/imports', at(enterprise)))).items
}

/** One import; asked again while it is at work. */
export function findImport(enterprise: string, id: string): Promise<Import> {
  return got(api.GET('/api/v1/enterprises/{enterprise}/imports/{import}', of(enterprise, id)))
}

/** Uploads a file; nothing is imported yet. */
export function upload(enterprise: string, file: File): Promise<Import> {
  const body = { file: '' }
  const bodySerializer = () => {
    const form = new FormData()
    form.append('file', file)
    return form
  }
  return got(api.POST('/api/v1/enterprises/{enterprise}/imports', { ...at(enterprise), body, bodySerializer }))
}

/** What somebody says about the columns of a file. */
export interface Meaning {
  mapping: Record<string, string | null>
  /** What a row is where no column says it. */
  kind: string
  /** The register that numbers the factories; named after the column where it is empty. */
  scheme: string
}

/** Says which column is what, and starts the dry run. */
export function check(enterprise: string, id: string, { mapping, kind, scheme }: Meaning): Promise<Import> {
  const body = { mapping, kind, enterprise_scheme: scheme.trim() || null }
  return got(api.PUT('/api/v1/enterprises/{enterprise}/imports/{import}/mapping', { ...of(enterprise, id), body }))
}

/** Imports what the dry run found good. */
export function run(enterprise: string, id: string): Promise<Import> {
  return got(api.POST('/api/v1/enterprises/{enterprise}/imports/{import}/run', of(enterprise, id)))
}

/** The rows that cannot be read, page by page. */
export function listErrors(enterprise: string, id: string, after?: string): Promise<{ items: ImportError[]; next?: string | null }> {
  const { params } = of(enterprise, id)
  return got(api.GET('/api/v1/enterprises/{enterprise}/imports/{import}/errors', { params: { ...params, query: { after } } }))
}

/** What was imported, counted. */
export async function listCounts(enterprise: string, id: string, by: string): Promise<Count[]> {
  const { params } = of(enterprise, id)
  return (await got(api.GET('/api/v1/enterprises/{enterprise}/imports/{import}/counts', { params: { ...params, query: { by } } }))).items
}

/** Whether the server is at work on it, so that asking again makes sense. */
export function busy(one: Import): boolean {
  return one.state === 'checking' || one.state === 'running'
}

/** Which of the four steps an import is in: upload, columns, check, import. */
export function stepOf(one: Import): number {
  if (one.state === 'uploaded') return 1
  return one.state === 'checking' || one.state === 'checked' ? 2 : 3
}

/** The one field that several columns may stand for: what is not kept at all. */
const leftOut = 'leave_out'

/** What keeps a mapping from being checked: required fields without a column, and fields chosen twice. */
export function mappingFaults(one: Import, mapping: Record<string, string | null>): { missing: string[]; double: string[] } {
  const chosen = Object.values(mapping).filter((field): field is string => Boolean(field))
  return {
    missing: one.fields.filter((each) => each.required && !chosen.includes(each.field)).map((each) => each.field),
    double: [...new Set(chosen.filter((field, i) => field !== leftOut && chosen.indexOf(field) !== i))],
  }
}

/** The columns that stand for no field: they were kept with the record and can be counted. */
export function keptColumns(one: Import): string[] {
  return one.columns.map((column) => column.name).filter((name) => !one.mapping[name])
}

/** The mapping to begin with: what was said before, else what the headers look like. */
export function startMapping(one: Import): Record<string, string | null> {
  const said = Object.keys(one.mapping ?? {}).length > 0
  return Object.fromEntries(one.columns.map((column) => [column.name, (said ? one.mapping[column.name] : column.guess) ?? null]))
}
