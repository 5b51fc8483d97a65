// The report by keyboard alone, with the focus always to be seen; and everything at 320 px.
import type { Page } from '@playwright/test'
import { fillLogin, speak } from '../pages/login'
import { quiet, watchRequests } from '../support/quiet'
import { expect, LOCALES, test, type Say } from '../support/test'

/** The name and look of what has the focus. */
async function focused(page: Page): Promise<{ id: string; name: string; value: string; shown: boolean; inView: boolean }> {
  return page.evaluate(() => {
    const at = document.activeElement as HTMLInputElement
    // Radio buttons and check boxes may be drawn by what stands beside or around them.
    const drawn = [at, at.nextElementSibling, at.closest('label'), document.querySelector(`label[for="${at.id || '-'}"]`)]
    const ring = (each: Element | null): boolean => {
      if (!each) return false
      const style = getComputedStyle(each)
      return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none'
    }
    const box = (at.matches('.hidden-input, .file') ? (at.closest('label') ?? at.nextElementSibling ?? at) : at).getBoundingClientRect()
    return {
      id: at.id,
      name: at.getAttribute('name') ?? '',
      value: at.getAttribute('value') ?? '',
      shown: drawn.some(ring),
      inView: box.bottom > 0 && box.top < innerHeight,
    }
  })
}

/** Presses Tab until something has the focus, which must be seen at every step on the way. */
async function tabTo(page: Page, what: string, there: (at: Awaited<ReturnType<typeof focused>>) => boolean): Promise<void> {
  for (let steps = 0; steps < 40; steps++) {
    await page.keyboard.press('Tab')
    const at = await focused(page)
    expect(at.shown, `the focus is not to be seen on ${at.id || at.name || at.value} on the way to ${what}`).toBe(true)
    expect(at.inView, `the focus is outside the window on ${at.id || at.name}`).toBe(true)
    if (there(at)) return
  }
  throw new Error(`Tab does not come to ${what}`)
}

async function notTooWide(page: Page, name: string): Promise<void> {
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  expect.soft(wider, `${name} scrolls sideways at 320 px`).toBeLessThanOrEqual(0)
}

/** Buttons and fields that a thumb in a glove would miss. */
async function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    Array.from(document.querySelectorAll<HTMLElement>('button, .button, .tile, .card[for], input:not(.hidden-input, .file, .unseen, [type=checkbox], [type=radio], [type=hidden]), select, textarea'))
      .filter((each) => each.checkVisibility({ visibilityProperty: true }) && each.getBoundingClientRect().height > 1)
      .filter((each) => each.getBoundingClientRect().height < 47.5)
      .map((each) => `${each.outerHTML.slice(0, 80)} is ${each.getBoundingClientRect().height} px high`),
  )
}

async function small(page: Page, name: string): Promise<void> {
  await notTooWide(page, name)
  expect.soft(await smallTargets(page), `${name}: targets under 48 px`).toEqual([])
}

async function reportByKeyboard(page: Page, say: Say): Promise<void> {
  await tabTo(page, 'the tiles', (at) => at.name === 'category')
  // One group of radio buttons is one stop; the arrows choose in it.
  await page.keyboard.press('ArrowRight')
  await expect(page.locator('[name=category]:checked')).toHaveValue('electric')
  await tabTo(page, 'the sentence', (at) => at.id === 'text')
  await page.keyboard.type('插座烧黑了 scorched socket')
  await tabTo(page, 'the voices', (at) => at.name === 'voice')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowUp')
  await expect(page.locator('[name=voice]:checked')).toHaveValue('anonymous')
  await tabTo(page, 'send', (at) => at.id === 'send')
  await page.keyboard.press('Enter')
  // In this order: the title has its last words already while it is hidden, before anything was sent.
  await expect(page.locator('#sent-title'), 'the reader hears what came of it').toBeFocused()
  await expect(page.locator('#sent-title')).toHaveText(say('report:sent.received'))
}

for (const language of LOCALES) {
  test.describe(language, () => {
    test.use({ language })

    test('a whole report by keyboard, and back by its code', async ({ demo, person, say }) => {
      const page = await (await person('desk')).newPage()
      await page.goto(demo.area)
      await reportByKeyboard(page, say)
      const code = await page.locator('#code').innerText()
      await tabTo(page, 'where it stands', (at) => at.id !== 'again' && at.id !== 'copy' && at.id !== 'save')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/f?**')
      await tabTo(page, 'the code', (at) => at.id === 'report-code')
      await page.keyboard.type(code.replace(/\s/g, ''))
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await expect(page.locator('.ladder')).toBeVisible()
    })

    test('nothing scrolls sideways at 320 px, and every target is 48 px', async ({ browser, demo, say }) => {
      const context = await browser.newContext({ viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true, locale: language, baseURL: demo.base })
      watchRequests(context)
      const page = await context.newPage()
      await page.goto(demo.machine)
      await page.locator('label[for=danger]').click()
      await page.locator('label[for=voice-named]').click()
      await small(page, 'report')
      await page.locator('label[for=danger]').click()
      await page.locator('label[for=voice-anonymous]').click()
      await page.locator('label.tile').first().click()
      await page.locator('#send').click()
      await expect(page.locator('#nothing-left')).toBeVisible()
      await small(page, 'sent')
      const code = await page.locator('#code').innerText()
      await page.goto('/f')
      await small(page, 'follow-up')
      await page.locator('#report-code').fill(code)
      await page.locator('#follow button').click()
      await expect(page.locator('.ladder')).toBeVisible()
      await small(page, 'where it stands')
      await page.goto(`${demo.machine}/promise`)
      await expect(page.getByRole('heading', { name: say('report:promise.heading') })).toBeVisible()
      await small(page, 'promise')

      await page.goto('/phone/')
      await expect(page.getByLabel(say('shared:session.login'))).toBeVisible()
      await small(page, 'login')
      await fillLogin(page, say, 'officer')
      await expect(page.locator('.intake')).toBeVisible()
      await small(page, 'triage')
      await page.locator('.van-tabbar-item').last().click()
      await quiet(page)
      await small(page, 'me')
      await speak(page, language)
      await page.locator('.van-tabbar-item').nth(2).click()
      await quiet(page)
      await small(page, 'open')
      const row = page.locator('a.case').first()
      await row.click()
      await expect(page.getByRole('heading', { name: say('shared:case.history') })).toBeVisible()
      await small(page, 'case')
      await context.close()
    })
  })
}
