// A browser is let in from a phone that is signed in: by the code and the number on its screen, or not at all.
import type { Page } from '@playwright/test'
import { PhoneApp } from '../pages/phone'
import { looksWell } from '../support/look'
import { expect, LOCALES, test } from '../support/test'
import type { Say } from '../support/words'

/** The code and the number that a waiting page shows. */
async function begin(page: Page, say: Say): Promise<[string, string]> {
  await page.getByRole('button', { name: say('identity:approval.begin') }).click()
  const shown = page.locator('strong.big')
  await expect(shown).toHaveCount(2)
  const [code, number] = await shown.allInnerTexts()
  return [code!.trim(), number!.trim()]
}

for (const language of LOCALES) {
  test.describe(language, () => {
    test.use({ language })

    test('a computer is let in from the phone, and is listed there', async ({ person, say }) => {
      const desk = await (await person('desk')).newPage()
      await desk.addInitScript((kept) => localStorage.setItem('hezuo.locale', kept), language)
      await desk.goto('/desk/')
      const [code, number] = await begin(desk, say)
      await desk.locator('summary').click()
      await expect(desk.getByRole('img', { name: say('identity:approval.scan_alt') })).toBeVisible()
      await looksWell(desk, `approval-waits-desk-${language}`)

      const phone = new PhoneApp(await (await person('phone')).newPage(), say, language)
      await phone.logIn('officer')
      await phone.tab('me')
      await phone.page.getByRole('link', { name: say('identity:approval.title') }).click()
      await phone.page.getByLabel(say('identity:approval.code_there')).fill(code.toLowerCase())
      await looksWell(phone.page, `approval-code-phone-${language}`)
      await phone.page.getByRole('button', { name: say('identity:approval.find') }).click()
      await expect(phone.page.getByText(say('shared:own.device.computer'))).toBeVisible()
      await phone.page.getByLabel(say('identity:approval.number_there')).fill(number)
      await looksWell(phone.page, `approval-number-phone-${language}`)
      await phone.page.getByRole('button', { name: say('identity:approval.allow') }).click()
      await expect(phone.page.getByText(say('identity:approval.let_in'))).toBeVisible()
      await expect(desk.locator('.desk')).toBeVisible()

      await phone.page.goto('/phone/#/me/account')
      await expect(phone.page.getByText(say('identity:approval.session')).first()).toBeVisible()
    })

    test('inside WeChat it waits, and a wrong number keeps it out', async ({ browser, demo, person, say }) => {
      const context = await browser.newContext({
        viewport: { width: 320, height: 640 },
        locale: language,
        baseURL: demo.base,
        userAgent: 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36 MicroMessenger/8.0.44',
      })
      const inside = await context.newPage()
      await inside.goto('/phone/')
      await expect(inside.getByText(say('identity:identity.wechat'))).toBeVisible()
      const [code, number] = await begin(inside, say)
      await looksWell(inside, `approval-waits-wechat-${language}`)

      const phone = new PhoneApp(await (await person('phone')).newPage(), say, language)
      await phone.logIn('fixer')
      // As the camera opens it.
      await phone.page.goto(`/phone/#/approve?code=${code}`)
      await phone.page.getByRole('button', { name: say('identity:approval.find') }).click()
      await expect(phone.page.getByText(say('shared:own.device.phone'))).toBeVisible()
      await phone.page.getByLabel(say('identity:approval.number_there')).fill(number === '42' ? '43' : '42')
      await phone.page.getByRole('button', { name: say('identity:approval.allow') }).click()
      await expect(phone.page.getByText(say('problems:approval.number'))).toBeVisible()
      await expect(inside.getByText(say('problems:approval.refused'))).toBeVisible()
      await expect(inside.getByRole('button', { name: say('identity:approval.begin') })).toBeVisible()
      await context.close()
    })
  })
}
