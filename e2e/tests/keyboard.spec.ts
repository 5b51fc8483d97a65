// The report by keyboard alone, with the focus always to be seen; and everything at 320 px.
import type { Page } from '@playwright/test'
import { fillLogin, speak } from '../pages/login'
import { PhoneApp } from '../pages/phone'
import { asFile, drawPicture } from '../support/picture'
import { quiet, watchRequests } from '../support/quiet'
import { expect, LOCALES, test, type Say } from '../support/test'

/** The name and look of what has the focus. */
async function focused(page: Page): Promise<{ id: string; tag: string; name: string; value: string; label: string; shown: boolean; inView: boolean }> {
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
      tag: at.tagName,
      name: at.getAttribute('name') ?? '',
      value: at.getAttribute('value') ?? '',
      label: (at.getAttribute('aria-label') ?? at.textContent ?? '').trim().slice(0, 60),
      // Around the parts of a player the browser draws a ring of its own, of which a page hears nothing.
      shown: drawn.some(ring) || (at instanceof HTMLMediaElement && !at.matches(':focus')),
      inView: box.bottom > 0 && box.top < innerHeight,
    }
  })
}

/** Presses Tab until something has the focus, which must be seen at every step on the way. */
async function tabTo(page: Page, what: string, there: (at: Awaited<ReturnType<typeof focused>>) => boolean): Promise<void> {
  for (let steps = 0; steps < 40; steps++) {
    await page.keyboard.press('Tab')
    const at = await focused(page)
    expect(at.shown, `the focus is not to be seen on ${at.id || at.name || at.value || at.label || at.tag} on the way to ${what}`).toBe(true)
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

    test('a picture is attached, a part of it hidden, and a clip recorded by keyboard', async ({ browser, demo, person, say }) => {
      const context = await person('desk')
      await context.grantPermissions(['microphone'])
      const page = await context.newPage()
      await page.goto(demo.area)
      await tabTo(page, 'the album', (at) => at.id === 'album')
      const choosing = page.waitForEvent('filechooser')
      await page.keyboard.press('Enter')
      await (await choosing).setFiles(asFile(await drawPicture(browser)))
      const small = page.locator('#pictures img')
      await expect(small).toBeVisible()
      const before = await small.getAttribute('src')

      await tabTo(page, 'hiding', (at) => at.label === say('report:js.hide_in', { n: 1 }))
      await page.keyboard.press('Enter')
      const tool = page.getByRole('dialog', { name: say('report:js.hide') })
      await expect(tool.getByRole('application')).toBeFocused()
      // The first shows the frame, the second hides what is in it.
      for (const key of ['Enter', 'ArrowLeft', 'Shift+ArrowDown', 'Enter']) await page.keyboard.press(key)
      await expect(tool.getByRole('status')).toHaveText(say('report:js.hide_count', { n: 1 }))
      await tabTo(page, 'done', (at) => at.label === say('report:js.hide_done'))
      await page.keyboard.press('Enter')
      await expect(tool).toHaveCount(0)
      await expect(page.getByRole('button', { name: say('report:js.hide_in', { n: 1 }) }), 'the focus comes back').toBeFocused()
      expect(await small.getAttribute('src'), 'another picture lies there now').not.toBe(before)

      await tabTo(page, 'the tiles', (at) => at.name === 'category')
      await page.keyboard.press('Space')
      await tabTo(page, 'the sentence', (at) => at.id === 'text')
      const words = `by keyboard ${language}`
      await page.keyboard.type(words)
      await tabTo(page, 'the recorder', (at) => at.id === 'record')
      await page.keyboard.press('Enter')
      await expect(page.locator('#clip-note')).toHaveText(say('report:js.clip_left', { s: 58 }))
      await page.keyboard.press('Enter')
      await expect(page.locator('#played audio')).toBeVisible()
      await tabTo(page, 'the voices', (at) => at.name === 'voice')
      await page.keyboard.press('ArrowDown')
      for (let steps = 0; steps < 3 && !(await page.locator('#voice-named').isChecked()); steps++) await page.keyboard.press('ArrowDown')
      await tabTo(page, 'the name', (at) => at.id === 'name')
      await page.keyboard.type('1003')
      await tabTo(page, 'send', (at) => at.id === 'send')
      await page.keyboard.press('Enter')
      await expect(page.locator('#sent-title')).toHaveText(say('report:sent.received'))
      await expect(page.locator('#nothing-left')).toBeVisible()

      const officer = new PhoneApp(await (await person('phone')).newPage(), say, language)
      await officer.logIn('officer')
      await officer.openCase(words)
      await expect(officer.page.getByRole('main').locator('img')).toBeVisible()
      await expect(officer.page.getByRole('main').locator('audio')).toBeVisible()
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
