import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const folder = new URL('.', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
const apps = [...new Set(files.map((name) => name.split('.')[0]!))]

function texts(app: string, locale: string): Record<string, string> {
  return flatten(JSON.parse(readFileSync(new URL(`${app}.${locale}.json`, folder), 'utf8')))
}

function flatten(value: Record<string, unknown>, prefix = ''): Record<string, string> {
  return Object.entries(value).reduce<Record<string, string>>((all, [key, text]) => {
    if (typeof text === 'string') return { ...all, [prefix + key]: text }
    return { ...all, ...flatten(text as Record<string, unknown>, `${prefix}${key}.`) }
  }, {})
}

const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((hit) => hit[1]).sort()

test.each(apps)('%s says the same things in Chinese and in English', (app) => {
  const zh = texts(app, 'zh-CN')
  const en = texts(app, 'en')
  expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort())
  for (const [key, text] of Object.entries(zh)) {
    expect(text.trim(), key).not.toBe('')
    expect(en[key]!.trim(), key).not.toBe('')
    // Plural forms repeat a name, so the names are compared as sets.
    expect([...new Set(names(text))], key).toEqual([...new Set(names(en[key]!))])
  }
})
