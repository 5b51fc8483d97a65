import { expect, type Locator, type Page } from '@playwright/test'
import { asFile } from '../support/picture'
import type { Say } from '../support/words'

/** The page behind the code on the wall. */
export class ReportPage {
  constructor(
    readonly page: Page,
    private readonly say: Say,
  ) {}

  async open(address: string): Promise<void> {
    await this.page.goto(address)
    await expect(this.page.getByRole('heading', { name: this.say('report:heading') })).toBeVisible()
  }

  async choose(category: string): Promise<void> {
    await this.page.locator('label.tile').filter({ hasText: this.say(`report:category.${category}`) }).click()
  }

  async write(sentence: string): Promise<void> {
    await this.page.getByLabel(this.say('report:text.label')).fill(sentence)
  }

  async attach(picture: Buffer): Promise<void> {
    await this.page.locator('#album').setInputFiles(asFile(picture))
  }

  /** The small pictures of what is attached, which only a page with scripts shows. */
  get attached(): Locator {
    return this.page.locator('#pictures li')
  }

  async voice(voice: 'anonymous' | 'in_confidence' | 'named'): Promise<void> {
    await this.page.locator(`label[for=voice-${voice}]`).click()
  }

  /** Who reads it first. */
  async reader(reader: 'team' | 'representative' | 'inspector'): Promise<void> {
    await this.page.locator(`label[for=reader-${reader}]`).click()
  }

  async name(name: string): Promise<void> {
    await this.page.getByLabel(this.say('report:name.label')).fill(name)
  }

  async send(): Promise<void> {
    await this.page.getByRole('button', { name: this.say('report:send'), exact: true }).click()
  }

  /** Leaves the report that was sent for an empty form. */
  async another(): Promise<void> {
    await this.page.locator('#again').click()
  }

  /** Where the page says how far the report has come. */
  get title(): Locator {
    return this.page.locator('#sent-title')
  }

  /** The line above the form about earlier reports. */
  get waiting(): Locator {
    return this.page.locator('#waiting')
  }

  /** What is wrong with the form. */
  get problem(): Locator {
    return this.page.locator('#problem')
  }

  /** The report code, as a worker copies it down: with blanks. */
  async code(): Promise<string> {
    const code = this.page.locator('#code')
    await expect(code).toBeVisible()
    await expect(code).toHaveText(/^\s*([0-9A-HJKMNP-TV-Z]{4}\s+){5}[0-9A-HJKMNP-TV-Z]{4}\s*$/)
    return (await code.innerText()).replace(/\s+/g, ' ').trim()
  }
}
