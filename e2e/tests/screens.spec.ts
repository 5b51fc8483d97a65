// Every screen in both languages: pictured for people to look at, and searched for what a machine can find.
import AxeBuilder from '@axe-core/playwright'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { deskScreens, phoneScreens, publicScreens, type Stop, type Surroundings } from '../support/pages'
import { drawPicture } from '../support/picture'
import { expect, LOCALES, test } from '../support/test'

const FOLDER = join(import.meta.dirname, '../out/screens')
const ROOT = join(import.meta.dirname, '../..')
const DOCS = join(ROOT, 'docs/pictures')
/** The pictures that the README and the guides show: `npm run pictures` takes them anew, and no others. */
const SHOWN = new Set(
  ['README.md', ...readdirSync(join(ROOT, 'docs/guide')).map((page) => `docs/guide/${page}`)]
    .filter((page) => page.endsWith('.md'))
    .flatMap((page) => Array.from(readFileSync(join(ROOT, page), 'utf8').matchAll(/pictures\/([\w.-]+)\.png/g), (found) => found[1])),
)
/** The heaviest picture that the repository carries. */
const HEAVIEST = 250_000

/** A key of a text that stands on the page instead of the text. */
const RAW_KEY = /\b(?:app|ui|session|role|category|kind|state|level|legal|voice|finder|due|case|source|action|done|form|template|event|intake|nav|board|queue|queue_next|list|search|places|people|users|import|field|factory|triage|waiting|me|sent|follow|js|labels|start|region|talk|alike|posted|promise|reward|rewards|project|project_state|project_theme|project_saving|project_event|same_place|pay_out|team|weekday|team_role|side|sex|balance|section|agenda|meeting|guest|minutes|ideas|oversight|health|confided|alarm|notice|rhythm|channel|accounts|own|devices|identity|approval|apart|reader)\.[a-z_]+\b|\{\w+\}/

async function look(stop: Stop, language: string): Promise<void> {
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

  expect.soft(await page.locator('body').innerText(), `${name}: a text is missing`).not.toMatch(RAW_KEY)
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  expect.soft(wider, `${name}: scrolls sideways`).toBeLessThanOrEqual(0)
  const { violations } = await new AxeBuilder({ page }).analyze()
  const findings = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map((node) => node.html).join('  ').slice(0, 400)}`)
  expect.soft(findings, `${name}: axe`).toEqual([])
}

test('every picture that a page shows is there, and none that no page shows', () => {
  const there = readdirSync(DOCS).map((file) => file.replace(/\.png$/, ''))
  expect(there.sort()).toEqual([...SHOWN].sort())
})

for (const language of LOCALES) {
  test.describe(language, () => {
    test.use({ language })
    test.setTimeout(420_000)

    const walks: [string, (around: Surroundings) => AsyncGenerator<Stop>][] = [
      ['public screens on the phone', (around) => publicScreens(around, 'phone')],
      ['public screens on the desk', (around) => publicScreens(around, 'desk')],
      ['phone', phoneScreens],
      ['desk', deskScreens],
    ]
    for (const [name, walk] of walks) {
      test(`${name}: no serious finding, no text missing, nothing too wide`, async ({ browser, demo, person, say }) => {
        const picture = await drawPicture(browser)
        if (name === 'phone') {
          // Somebody must have reported before the officer has something to let out.
          for await (const stop of publicScreens({ demo, say, language, person, picture }, 'phone')) if (stop.name === 'sent') break
        }
        for await (const stop of walk({ demo, say, language, person, picture })) await test.step(stop.name, () => look(stop, language))
      })
    }
  })
}
