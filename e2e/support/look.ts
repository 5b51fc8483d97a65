import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Stop } from './pages'

const FOLDER = join(import.meta.dirname, '../out/screens')
const ROOT = join(import.meta.dirname, '../..')
/** The pictures that the repository carries. */
export const DOCS = join(ROOT, 'docs/pictures')
/** The pictures that the README and the guides show: `npm run pictures` takes them anew, and no others. */
export const SHOWN = new Set(
  ['README.md', ...readdirSync(join(ROOT, 'docs/guide')).map((page) => `docs/guide/${page}`)]
    .filter((page) => page.endsWith('.md'))
    .flatMap((page) => Array.from(readFileSync(join(ROOT, page), 'utf8').matchAll(/pictures\/([\w.-]+)\.png/g), (found) => found[1])),
)
/** The heaviest picture that the repository carries. */
const HEAVIEST = 250_000

/** A key of a text that stands on the page instead of the text. */
const RAW_KEY = /\b(?:app|ui|session|role|category|kind|state|level|legal|voice|finder|due|case|source|action|done|form|template|event|intake|nav|board|queue|queue_next|list|search|places|people|users|import|field|factory|triage|waiting|me|sent|follow|js|labels|start|region|talk|alike|posted|promise|reward|rewards|project|project_state|project_theme|project_saving|project_event|same_place|pay_out|team|weekday|team_role|side|sex|balance|section|agenda|meeting|guest|minutes|ideas|oversight|health|confided|alarm|notice|rhythm|channel|accounts|own|devices|identity|approval|apart|reader)\.[a-z_]+\b|\{\w+\}/

/** Pictures a stop on a walk, and says what is wrong with it. */
export async function look(stop: Stop, language: string): Promise<void> {
  const { page, name, screen } = stop
  await mkdir(FOLDER, { recursive: true })
  // What moves is pictured, and judged, when it has come to rest.
  await page.evaluate(() => {
    // A spinner never comes to rest.
    const ending = document.getAnimations().filter((each) => each.effect?.getComputedTiming().iterations !== Infinity)
    return Promise.all(ending.map((each) => each.finished.catch(() => undefined)))
  })
  const sheet = await page.locator('dialog[open]').count()
  await page.screenshot({ path: join(FOLDER, `${name}.${screen}.${language}.png`), fullPage: sheet === 0, animations: 'disabled' })
  const shown = `${name}.${screen}.${language}`
  if (process.env.PICTURES && SHOWN.has(shown)) {
    await page.evaluate(() => {
      // Only what one screen holds, from its top, and without a message that passes.
      document.querySelector<HTMLElement>('.place .bar button:last-of-type')?.click()
      window.scrollTo(0, 0)
    })
    const { length } = await page.screenshot({ path: join(DOCS, `${shown}.png`), animations: 'disabled', scale: 'css' })
    expect.soft(length, `${shown}.png is too heavy`).toBeLessThan(HEAVIEST)
  }

  expect.soft(await wrongWith(page), name).toEqual([])
}

/** What a machine can find wrong with a screen of which every text is known. */
export async function wrongWith(page: Page): Promise<string[]> {
  const raw = RAW_KEY.exec(await page.locator('body').innerText())
  return [...(raw ? [`a text is missing: ${raw[0]}`] : []), ...(await faultsOf(page))]
}

/** What axe finds serious or critical on a page as it stands. */
export async function graveFindings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map((node) => node.html).join('  ').slice(0, 400)}`)
}

/** What a machine can find wrong with a screen: nothing grave for axe, nothing too wide. */
export async function faultsOf(page: Page): Promise<string[]> {
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  return [...(wider > 0 ? [`scrolls sideways by ${wider}`] : []), ...(await graveFindings(page))]
}

/** Pictures a screen for people to look at, and insists on what a machine can find. */
export async function looksWell(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `out/pictures/${name}.png`, animations: 'disabled' })
  expect(await faultsOf(page), name).toEqual([])
}
