import { expect, type Locator, type Page } from '@playwright/test'
import type { Say } from '../support/words'

/** What became of a report, for whoever has its code. */
export class FollowPage {
  constructor(
    readonly page: Page,
    private readonly say: Say,
  ) {}

  async open(): Promise<void> {
    await this.page.goto('/f')
    await expect(this.page.getByRole('heading', { name: this.say('report:follow.heading') })).toBeVisible()
  }

  async ask(code: string): Promise<void> {
    await this.page.getByLabel(this.say('report:follow.label')).fill(code)
    await this.page.getByRole('button', { name: this.say('report:follow.show') }).click()
  }

  /** The rung on which the report stands. */
  get now(): Locator {
    return this.page.locator('.ladder [aria-current=step]')
  }

  get answer(): Locator {
    return this.page.locator('blockquote')
  }

  get problem(): Locator {
    return this.page.locator('#problem')
  }

  async fixed(yes: boolean): Promise<void> {
    await this.page.getByRole('button', { name: this.say(yes ? 'report:ask.yes' : 'report:ask.no') }).click()
  }
}
