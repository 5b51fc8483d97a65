// Getting in by more than a password: a passkey of a real browser, and the six figures of an app.
import type { BrowserContext, CDPSession, Page } from '@playwright/test'
import { DeskApp } from '../pages/desk'
import { fillLogin, speak } from '../pages/login'
import { PhoneApp } from '../pages/phone'
import { shown } from '../support/authenticator'
import { PASSWORD } from '../support/server'
import { expect, SCREENS, test } from '../support/test'

/** An authenticator of the browser's own, which always finds its owner there. */
async function authenticator(context: BrowserContext, page: Page): Promise<CDPSession> {
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  })
  return cdp
}

// Who has a second step from now on would be asked for it in every other test.
test.use({ apart: true })

for (const language of ['zh-CN', 'en'] as const) {
  test.describe(language, () => {
    test.use({ language })

    test('a passkey is added, lets its owner in without a name, and is removed', async ({ browser, demo, say }) => {
      // Browsers make passkeys for names, not for numbers.
      const base = demo.base.replace('127.0.0.1', 'localhost')
      const context = await browser.newContext({ ...SCREENS.desk, locale: language, baseURL: base })
      const page = await context.newPage()
      const cdp = await authenticator(context, page)
      const app = new DeskApp(page, say, language)
      await app.logIn('officer')
      await page.goto('/desk/#/me/account')
      await page.getByRole('button', { name: say('identity:identity.passkey_add'), exact: true }).click()
      await page.getByLabel(say('identity:identity.passkey_name')).fill('工作电脑')
      await page.getByRole('button', { name: say('identity:identity.passkey_make'), exact: true }).click()
      await expect(page.getByText('工作电脑')).toBeVisible()

      await context.clearCookies()
      await page.goto('/desk/')
      await page.reload()
      // Nobody is asked for a name: the passkey knows whose it is.
      await page.getByRole('button', { name: say('identity:identity.passkey_in') }).click()
      await app.inside()
      await page.goto('/desk/#/me/account')
      await expect(page.getByText('工作电脑')).toBeVisible()
      const item = page.getByRole('listitem').filter({ hasText: '工作电脑' })
      await item.getByRole('button', { name: say('identity:identity.passkey_remove') }).click()
      await expect(page.getByText(say('identity:identity.passkeys_none'))).toBeVisible()
      await cdp.detach()
      await context.close()
    })

    test('by a number there are no passkeys, and the page says why', async ({ person, say }) => {
      const page = await (await person('phone')).newPage()
      await new PhoneApp(page, say, language).logIn('officer')
      await page.goto('/phone/#/me/account')
      await expect(page.getByText(say('identity:identity.passkeys_not_here'))).toBeVisible()
      await expect(page.getByRole('button', { name: say('identity:identity.passkey_add') })).toHaveCount(0)
    })

    test('the second step is set up, asked for, and got through with a code from paper', async ({ person, say }) => {
      const page = await (await person('phone')).newPage()
      const login = language === 'en' ? 'leader' : 'manager'
      await new PhoneApp(page, say, language).logIn(login)
      await page.goto('/phone/#/me/account')
      await page.getByRole('button', { name: say('identity:identity.set_up'), exact: true }).click()
      const sheet = page.locator('dialog[open]')
      await sheet.getByLabel(say('shared:own.old_password')).fill(PASSWORD)
      await sheet.getByRole('button', { name: say('identity:identity.go_on') }).click()
      await expect(sheet.getByRole('img', { name: say('identity:identity.scan_alt') })).toBeVisible()
      const secret = (await sheet.locator('code').innerText()).trim()
      await sheet.getByLabel(say('identity:identity.code')).fill(shown(secret))
      await sheet.getByRole('button', { name: say('identity:identity.turn_on') }).click()
      await expect(sheet.locator('code')).toHaveCount(10)
      const [paper] = await sheet.locator('code').allInnerTexts()
      await sheet.getByRole('button', { name: say('identity:identity.kept') }).click()
      await expect(page.getByText(say('identity:identity.codes_left', { n: 10 }))).toBeVisible()

      const other = await (await person('phone')).newPage()
      await other.goto('/phone/')
      await fillLogin(other, say, login)
      await other.getByRole('button', { name: say('identity:identity.use_paper') }).click()
      await other.getByLabel(say('identity:identity.paper_code')).fill(paper!.toLowerCase())
      await other.getByRole('button', { name: say('identity:identity.go_on') }).click()
      await expect(other.locator('.van-tabbar')).toBeVisible()
      await other.locator('.van-tabbar-item').last().click()
      await speak(other, language)
      await other.goto('/phone/#/me/account')
      await expect(other.getByText(say('identity:identity.codes_left', { n: 9 }))).toBeVisible()
    })
  })
}
