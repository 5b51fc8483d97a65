import { expect, type Locator, type Page } from '@playwright/test'
import { asFile } from '../support/picture'
import type { Say } from '../support/words'

/** One improvement project, on whatever screen. */
export class ProjectPage {
  constructor(
    readonly page: Page,
    private readonly say: Say,
  ) {}

  get sheet(): Locator {
    return this.page.getByRole('dialog')
  }

  field(name: string, values?: Record<string, string>): Locator {
    return this.page.getByLabel(this.say(`projects:project.${name}`, values))
  }

  /** The mark that says where it stands. */
  async stands(state: string): Promise<void> {
    await expect(this.page.locator('main .status').first()).toHaveText(this.say(`projects:project_state.${state}`))
  }

  /** The button of a step, on the page. */
  step(action: string): Locator {
    return this.page.getByRole('main').getByRole('button', { name: this.say(`projects:project.act.${action}`), exact: true })
  }

  /** Takes a step that needs a few words. */
  async say_and(action: string, words: string): Promise<void> {
    await this.step(action).click()
    await this.sheet.locator('textarea').fill(words)
    await this.sheet.getByRole('button', { name: this.say(`projects:project.act.${action}`), exact: true }).click()
    await expect(this.sheet).toBeHidden()
  }

  async showBefore(picture: Buffer): Promise<void> {
    await this.page.locator('label.add input[type=file]').setInputFiles(asFile(picture))
    await expect(this.page.locator('button.shot img')).toHaveCount(1)
  }

  /** Takes a picture of after beside the one of before. */
  async showAfter(picture: Buffer): Promise<void> {
    await this.page.getByRole('button', { name: this.say('projects:same_place.title') }).click()
    await expect(this.sheet.locator('img')).toHaveCount(1)
    await this.sheet.locator('input[type=file]').setInputFiles(asFile(picture))
    await expect(this.sheet.locator('img')).toHaveCount(2)
    await this.sheet.getByRole('button', { name: this.say('projects:same_place.use') }).click()
    await expect(this.sheet).toBeHidden()
    await expect(this.page.locator('button.shot img')).toHaveCount(2)
  }

  /** Enters the actual saving. */
  async saves(words: string, quantity: string, price: string, times: string): Promise<void> {
    await this.page.locator('article.saving button').last().click()
    await this.sheet.locator('textarea').fill(words)
    const [first, second, third] = await this.sheet.locator('.numbers input').all()
    await first!.fill(quantity)
    await second!.fill(price)
    await third!.fill(times)
    await this.sheet.getByRole('button', { name: this.say('shared:ui.save'), exact: true }).click()
    await expect(this.sheet).toBeHidden()
  }
}
