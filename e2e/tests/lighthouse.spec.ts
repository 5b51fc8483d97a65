// Lighthouse 12, mobile, on the report page as a phone meets it for the first time.
import { launch } from 'chrome-launcher'
import lighthouse from 'lighthouse'
import { BROWSER } from '../support/browser'
import { expect, LOCALES, test } from '../support/test'

const AT_LEAST = 95
const CATEGORIES = ['performance', 'accessibility', 'best-practices'] as const
type Scores = Record<(typeof CATEGORIES)[number], number>

async function scoresOf(address: string, language: string): Promise<[Scores, string[]]> {
  const chrome = await launch({ chromePath: BROWSER.executablePath, chromeFlags: [...BROWSER.args, '--headless=new', `--accept-lang=${language}`] })
  try {
    const result = await lighthouse(address, {
      port: chrome.port,
      onlyCategories: [...CATEGORIES],
      formFactor: 'mobile',
      extraHeaders: { 'Accept-Language': language },
      logLevel: 'error',
    })
    if (!result) throw new Error('Lighthouse gave no result')
    const scores = Object.fromEntries(CATEGORIES.map((name) => [name, Math.round((result.lhr.categories[name]?.score ?? 0) * 100)])) as Scores
    const lost = CATEGORIES.flatMap((name) => result.lhr.categories[name]?.auditRefs ?? [])
      .filter((ref) => ref.weight > 0)
      .map((ref) => result.lhr.audits[ref.id])
      .filter((audit) => audit && audit.score !== null && audit.score < 0.9)
      .map((audit) => `${audit?.id}: ${audit?.displayValue ?? audit?.title}`)
    return [scores, lost]
  } finally {
    chrome.kill()
  }
}

for (const language of LOCALES) {
  test(`${language}: the report page is worth ${AT_LEAST} in performance, accessibility and best practices`, async ({ demo }) => {
    let [scores, lost] = await scoresOf(demo.machine, language)
    // A machine that is busy with something else makes a page slower than it is, never faster.
    for (let tries = 1; tries < 3 && scores.performance < AT_LEAST; tries++) [scores, lost] = await scoresOf(demo.machine, language)
    console.log(`Lighthouse mobile, report page ${language}:`, JSON.stringify(scores), lost.join('; '))
    for (const name of CATEGORIES) expect.soft(scores[name], `${name}: ${lost.join('; ')}`).toBeGreaterThanOrEqual(AT_LEAST)
  })
}
