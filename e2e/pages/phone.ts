import { expect, type Locator, type Page } from '@playwright/test'
import { moreUntil } from '../support/lists'
import { asFile } from '../support/picture'
import { quiet } from '../support/quiet'
import type { Locale, Say } from '../support/words'
import { fillLogin, speak } from './login'

/** The phone app: triage, a case, what there is to fix. */
export class PhoneApp {
  constructor(
    readonly page: Page,
    private readonly say: Say,
    private readonly language: Locale,
  ) {}

  /** Logs in and, where the account's language is another, switches to the one under test. */
  async logIn(login: string): Promise<void> {
    await this.page.goto('/phone/')
    await fillLogin(this.page, this.say, login)
    await expect(this.page.getByRole('tablist').or(this.page.locator('.van-tabbar'))).toBeVisible()
    await quiet(this.page)
    if ((await this.page.locator('html').getAttribute('lang')) !== this.language) {
      const here = this.page.url()
      await this.page.locator('.van-tabbar-item').last().click()
      await speak(this.page, this.language)
      await this.page.goto(here)
    }
  }

  async tab(name: 'triage' | 'mine' | 'open' | 'pay_out' | 'start' | 'me' | 'enterprises' | 'teams' | 'board' | 'confided'): Promise<void> {
    await this.page.getByRole('tab', { name: this.say(`phone:nav.${name}`), exact: true }).click()
    const title = name === 'start' ? this.say('shared:start.title') : this.say(`phone:nav.${name}`)
    await expect(this.page.getByRole('heading', { level: 1, name: title })).toBeVisible()
  }

  /** The anonymous reports that have not been let out yet. */
  get intake(): Locator {
    return this.page.locator('.intake')
  }

  async release(): Promise<void> {
    await this.intake.getByRole('button', { name: this.say('shared:intake.release') }).click()
    const sheet = this.page.getByRole('dialog')
    await sheet.getByRole('button', { name: this.say('shared:intake.release') }).click()
    await expect(sheet).toBeHidden()
  }

  /** The rows of a list that speak of something. */
  row(text: string): Locator {
    return this.page.locator('a.case').filter({ hasText: text })
  }

  async openCase(text: string): Promise<void> {
    const more = this.page.getByRole('button', { name: this.say('shared:ui.more') })
    const row = this.row(text).first()
    await expect(row.or(more).first()).toBeVisible()
    await moreUntil(more, () => row.isVisible())
    await row.click()
    await expect(this.page.getByRole('heading', { name: this.say('shared:case.decide') })).toBeVisible()
  }

  /** The button of an action, wherever the page puts it. */
  action(action: string): Locator {
    return this.page.getByRole('main').getByRole('button', { name: this.say(`shared:action.${action}`), exact: true })
  }

  async accept(answer: string): Promise<void> {
    await this.action('accept').click()
    const sheet = this.page.getByRole('dialog')
    await sheet.getByLabel(this.say('shared:form.answer')).fill(answer)
    await sheet.getByRole('button', { name: this.say('shared:action.accept'), exact: true }).click()
    await expect(sheet).toBeHidden()
  }

  async fixOnTheSpot(note: string, picture: Buffer): Promise<void> {
    await this.action('fixed_on_the_spot').click()
    const sheet = this.page.getByRole('dialog')
    await sheet.locator('input[type=file]').setInputFiles(asFile(picture))
    await expect(sheet.locator('img').last()).toBeVisible()
    await sheet.getByLabel(this.say('shared:form.finish_note')).fill(note)
    await sheet.getByRole('button', { name: this.say('shared:action.fixed_on_the_spot'), exact: true }).click()
    await expect(sheet).toBeHidden()
  }

  async verify(note: string): Promise<void> {
    await this.action('verify').click()
    const sheet = this.page.getByRole('dialog')
    await sheet.getByLabel(this.say('shared:form.verify_note')).fill(note)
    await sheet.getByRole('button', { name: this.say('shared:action.verify'), exact: true }).click()
    await expect(sheet).toBeHidden()
  }

  /** The mark that says where the open case stands. */
  state(state: string): Locator {
    return this.page.getByRole('main').getByText(this.say(`shared:state.${state}`), { exact: true }).first()
  }
}
