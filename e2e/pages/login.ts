import { expect, type Page } from '@playwright/test'
import { PASSWORD } from '../support/server'
import type { Locale, Say } from '../support/words'

const LANGUAGE: Record<Locale, string> = { 'zh-CN': '中文', en: 'English' }

/** Fills in the login form that is on the screen. */
export async function fillLogin(page: Page, say: Say, login: string, password = PASSWORD): Promise<void> {
  await page.getByLabel(say('shared:session.login')).fill(login)
  await page.getByLabel(say('shared:session.password'), { exact: false }).and(page.locator('input:not([type=checkbox])')).fill(password)
  await page.getByRole('button', { name: say('shared:session.submit'), exact: true }).click()
}

/** Taps the switch when the account speaks another language than the test. */
export async function speak(page: Page, language: Locale): Promise<void> {
  const html = page.locator('html')
  if ((await html.getAttribute('lang')) === language) return
  await page.getByRole('button', { name: LANGUAGE[language] }).click()
  await expect(html).toHaveAttribute('lang', language)
}
