// Whose password alone is not enough: days are counted on every page, and then nothing comes before a second step.
import type { Page } from '@playwright/test'
import { fillLogin } from '../pages/login'
import { shown } from '../support/authenticator'
import { looksWell } from '../support/look'
import { PASSWORD, startDemo } from '../support/server'
import { expect, LOCALES, SCREENS, test as base, type Screen } from '../support/test'

/** A page of a server that asks for a second step within so many days. */
const test = base.extend<{ asked: (days: number, screen: Screen) => Promise<Page> }>({
  asked: async ({ browser, language }, use) => {
    const ends: (() => Promise<void>)[] = []
    await use(async (days, screen) => {
      const [demo, stop] = await startDemo(`second-step-${days}-${screen}-${language}`, ['--second-step', String(days)])
      ends.push(stop)
      const context = await browser.newContext({ ...SCREENS[screen], locale: language, baseURL: demo.base })
      ends.push(() => context.close())
      const page = await context.newPage()
      await page.addInitScript((kept) => localStorage.setItem('hezuo.locale', kept), language)
      await page.goto(`/${screen}/`)
      return page
    })
    for (const end of ends.reverse()) await end()
  },
})

for (const language of LOCALES) {
  test.describe(language, () => {
    test.use({ language })

    for (const screen of ['phone', 'desk'] as const satisfies Screen[]) {
      test(`${screen}: an administrator is led to a second step and goes on with one`, async ({ asked, say }) => {
        const page = await asked(0, screen)
        await fillLogin(page, say, 'admin')
        await expect(page.getByRole('heading', { name: say('identity:identity.step_title') })).toBeVisible()
        await expect(page.getByText(say('identity:identity.factor_off'))).toBeVisible()
        await looksWell(page, `second-step-${screen}-${language}`)
        // No address leads past it.
        await page.goto(`/${screen}/#/me`)
        await expect(page.getByRole('heading', { name: say('identity:identity.step_title') })).toBeVisible()

        await page.getByRole('button', { name: say('identity:identity.set_up'), exact: true }).click()
        const sheet = page.locator('dialog[open]')
        await sheet.getByLabel(say('shared:own.old_password')).fill(PASSWORD)
        await sheet.getByRole('button', { name: say('identity:identity.go_on') }).click()
        const secret = (await sheet.locator('code').innerText()).trim()
        await sheet.getByLabel(say('identity:identity.code')).fill(shown(secret))
        await sheet.getByRole('button', { name: say('identity:identity.turn_on') }).click()
        await sheet.getByRole('button', { name: say('identity:identity.kept') }).click()
        await expect(page.locator(screen === 'phone' ? '.van-tabbar' : '.desk')).toBeVisible()
        await expect(page.getByRole('heading', { name: say('identity:identity.step_title') })).toHaveCount(0)
      })

      test(`${screen}: while days are left, pages say how many`, async ({ asked, say }) => {
        const page = await asked(5, screen)
        await fillLogin(page, say, 'inspector')
        const note = page.getByRole('complementary', { name: say('identity:identity.factor') })
        await expect(note).toContainText(say('identity:identity.soon', { n: 5 }))
        await looksWell(page, `second-soon-${screen}-${language}`)
        await note.getByRole('link').click()
        await expect(page.getByText(say('identity:identity.factor_off'))).toBeVisible()
      })
    }
  })
}
