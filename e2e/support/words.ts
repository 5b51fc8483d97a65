import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The languages in which everything is tested. */
export const LOCALES = ['zh-CN', 'en'] as const
/** One of them. */
export type Locale = (typeof LOCALES)[number]
/** The parts in which the texts are kept. */
type Part = 'report' | 'shared' | 'identity' | 'teams' | 'projects' | 'boards' | 'oversight' | 'phone' | 'desk' | 'problems'
type Tree = { [key: string]: string | Tree }

const read = new Map<string, Tree>()

function tree(part: Part, locale: Locale): Tree {
  const name = `${part}.${locale}.json`
  const known = read.get(name) ?? (JSON.parse(readFileSync(join(import.meta.dirname, '../../web/src/texts', name), 'utf8')) as Tree)
  read.set(name, known)
  return known
}

/** What a text says, as in `say('shared:session.title')`; with a number, the fitting form. */
export type Say = (key: `${Part}:${string}`, values?: Record<string, string | number>) => string

/** The texts of one language, so that a test finds things by the words people see. */
export function saying(locale: Locale): Say {
  return (key, values = {}) => {
    const [part, path] = key.split(':') as [Part, string]
    const whole = tree(part, locale)
    const found = whole[path] ?? path.split('.').reduce<string | Tree | undefined>((at, step) => (typeof at === 'object' ? at[step] : undefined), whole)
    if (typeof found !== 'string') throw new Error(`no text ${key} in ${locale}`)
    const form = chosen(found.split(' | '), Number(values.n ?? 1))
    return form.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? `{${name}}`))
  }
}

function chosen(forms: string[], n: number): string {
  const at = forms.length === 3 ? Math.min(n, 2) : forms.length === 2 ? (n === 1 ? 0 : 1) : 0
  return forms[at] ?? ''
}
