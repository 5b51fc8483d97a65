import { expect, type Locator, type Page } from '@playwright/test'
import type { Screen } from '../support/test'
import type { Say } from '../support/words'

/** A meeting of the improvement team, on the shared screen or on a phone. */
export class MeetingPage {
  constructor(
    readonly page: Page,
    private readonly say: Say,
    private readonly screen: Screen,
  ) {}

  private button(key: Parameters<Say>[0], values?: Parameters<Say>[1]): Locator {
    return this.page.getByRole('button', { name: this.say(key, values), exact: true })
  }

  private get sheet(): Locator {
    return this.page.getByRole('dialog')
  }

  /** From the register to the agenda of the first team. */
  async openAgenda(): Promise<void> {
    await this.page.getByRole('link', { name: this.say('teams:team.agenda') }).first().click()
    await expect(this.page.locator('[data-item]').first()).toBeVisible()
  }

  async begin(): Promise<void> {
    await this.button('teams:team.begin').click()
    await expect(this.button('teams:meeting.close')).toBeVisible()
  }

  /** Opens what the phone keeps folded until it is needed. */
  async showPeople(): Promise<void> {
    const people = this.page.locator('details:not([open]) > summary')
    if (await people.count()) await people.click()
  }

  /** One tap says that somebody is there. */
  async tap(name: string): Promise<void> {
    const person = this.page.locator('.person').filter({ hasText: name })
    await person.click()
    await expect(person).toHaveAttribute('aria-pressed', 'true')
  }

  async addGuest(name: string): Promise<void> {
    await this.button('teams:meeting.add_guest').click()
    await this.sheet.getByLabel(this.say('teams:meeting.guest_name')).fill(name)
    await this.sheet.getByRole('button', { name: this.say('shared:ui.add'), exact: true }).click()
    await expect(this.page.locator('.person').filter({ hasText: name })).toHaveAttribute('aria-pressed', 'true')
  }

  /** To the page on which ideas are written down in a row. */
  async collect(): Promise<void> {
    await this.page.getByRole('link', { name: this.say('teams:team.brainstorm') }).click()
    await expect(this.page.getByText(this.say('teams:ideas.empty'))).toBeVisible()
  }

  /** A sentence, a name perhaps, Enter. */
  async note(text: string, name?: string): Promise<void> {
    if (name) await this.page.getByLabel(this.say('teams:ideas.who')).fill(name)
    const sentence = this.page.getByLabel(this.say('teams:ideas.text'))
    await sentence.fill(text)
    await sentence.press('Enter')
    await expect(sentence).toHaveValue('')
    await expect(sentence).toBeFocused()
  }

  async saveIdeas(n: number): Promise<void> {
    await this.button('teams:ideas.save', { n }).click()
    await expect(this.page.locator('[data-item]').first()).toBeVisible()
  }

  /** The item that speaks of something. */
  item(text: string): Locator {
    return this.page.locator('[data-item]').filter({ hasText: text })
  }

  /** Brings an item on the screen; a phone shows one at a time. */
  async find(text: string): Promise<Locator> {
    const item = this.item(text)
    if (this.screen === 'phone') {
      for (const way of ['next', 'previous'] as const) {
        const step = this.button(`teams:agenda.${way}`)
        await expect(step).toBeVisible()
        while (!(await item.count()) && (await step.isEnabled())) await step.click()
      }
    }
    await expect(item).toBeVisible()
    return item
  }

  /** Opens the form of a decision about an item. */
  async choose(text: string, action: 'accept' | 'decline' | 'refer'): Promise<Locator> {
    const item = await this.find(text)
    await item.getByRole('button', { name: this.say(`shared:action.${action}`), exact: true }).click()
    await expect(this.sheet).toBeVisible()
    return this.sheet
  }

  /** Ends the form of a decision. */
  async decide(action: 'accept' | 'decline' | 'refer'): Promise<void> {
    await this.sheet.getByRole('button', { name: this.say(`shared:action.${action}`), exact: true }).click()
    await expect(this.sheet).toBeHidden()
  }

  /** Says yes and names who does it; gives back the name. */
  async acceptAndPlan(text: string, answer: string): Promise<string> {
    const sheet = await this.choose(text, 'accept')
    await sheet.getByLabel(this.say('shared:form.answer')).fill(answer)
    await sheet.getByLabel(this.say('teams:meeting.also_plan')).check()
    const owner = sheet.getByLabel(this.say('shared:form.owner'))
    const first = owner.locator('option').nth(1)
    await expect(first).toBeAttached()
    const label = await first.innerText()
    await owner.selectOption({ label })
    await this.decide('accept')
    return label.split(' · ')[0] ?? ''
  }

  async decline(text: string, answer: string): Promise<void> {
    const sheet = await this.choose(text, 'decline')
    await sheet.getByLabel(this.say('shared:form.answer')).fill(answer)
    await this.decide('decline')
  }

  async refer(text: string, answer: string, to: string): Promise<void> {
    const sheet = await this.choose(text, 'refer')
    await sheet.getByLabel(this.say('shared:form.to')).fill(to)
    await sheet.getByLabel(this.say('shared:form.answer')).fill(answer)
    await this.decide('refer')
  }

  /** Says how many decisions wait to be written. */
  async expectWaiting(n: number): Promise<void> {
    await expect(this.page.locator('.count')).toContainText(this.say('teams:meeting.drafts', { n }))
  }

  async write(): Promise<void> {
    await this.button('teams:meeting.write').click()
    await expect(this.page.locator('.count')).toContainText(this.say('teams:meeting.no_drafts'))
  }

  /** Ends the meeting; the minutes follow. */
  async close(): Promise<void> {
    await this.button('teams:meeting.close').click()
    await this.sheet.getByLabel(this.say('teams:meeting.board')).check()
    await this.sheet.getByRole('button', { name: this.say('teams:meeting.close'), exact: true }).click()
    await expect(this.minutes).toBeVisible()
  }

  /** The sheet of minutes. */
  get minutes(): Locator {
    return this.page.locator('article.sheet')
  }

  async post(): Promise<void> {
    await this.button('teams:minutes.post').click()
    await expect(this.button('teams:minutes.post')).toBeHidden()
  }
}
