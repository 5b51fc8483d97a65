import { expect, type Locator, type Page } from '@playwright/test'
import { quiet } from '../support/quiet'
import type { Locale, Say } from '../support/words'
import { fillLogin, speak } from './login'

/** The desk: board, cases, places, people, users, import, directory. */
export class DeskApp {
  constructor(
    readonly page: Page,
    private readonly say: Say,
    private readonly language: Locale,
  ) {}

  async logIn(login: string, password?: string): Promise<void> {
    await this.page.goto('/desk/')
    await fillLogin(this.page, this.say, login, password)
    await this.inside()
  }

  /** Waits until somebody is logged in, and speaks the language under test. */
  async inside(): Promise<void> {
    await expect(this.page.locator('header .me')).toBeVisible()
    await quiet(this.page)
    await speak(this.page, this.language)
  }

  async go(name: 'board' | 'cases' | 'rewards' | 'places' | 'persons' | 'users' | 'accounts' | 'imports' | 'start' | 'enterprises' | 'teams' | 'projects' | 'region' | 'health' | 'rhythm'): Promise<void> {
    const words = this.say(`desk:nav.${name}`)
    await this.page.getByRole('navigation', { name: this.say('desk:nav.label') }).getByRole('link', { name: words, exact: true }).click()
    await expect(this.page.getByRole('heading', { level: 1 })).toContainText(words)
  }

  async queue(name: string): Promise<void> {
    await this.page.getByRole('link', { name: this.say(`boards:queue.${name}`), exact: true }).click()
  }

  button(key: Parameters<Say>[0], values?: Parameters<Say>[1]): Locator {
    return this.page.getByRole('button', { name: this.say(key, values), exact: true })
  }

  /** The sheet that stands over the page. */
  get sheet(): Locator {
    return this.page.getByRole('dialog')
  }

  async close(): Promise<void> {
    await this.page.keyboard.press('Escape')
    await expect(this.sheet).toBeHidden()
  }

  /** The label sheet, which opens in a page of its own. */
  async labels(): Promise<Page> {
    const opening = this.page.context().waitForEvent('page')
    await this.page.getByRole('link', { name: this.say('desk:places.labels') }).click()
    const labels = await opening
    await expect(labels.locator('.label').first()).toBeVisible()
    return labels
  }
}
