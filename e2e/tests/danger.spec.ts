// A danger that rings on open screens until somebody goes there, by name.
import type { BrowserContext, Page } from '@playwright/test'
import { DeskApp } from '../pages/desk'
import { PhoneApp } from '../pages/phone'
import { ReportPage } from '../pages/report'
import { expect, LOCALES, test } from '../support/test'
import type { Say } from '../support/words'

const WORDS = {
  'zh-CN': { first: '冲床旁边漏电，碰到就麻', second: '行车钢丝绳快断了', go: '已关电源' },
  en: { first: 'The press is live, it stings when touched', second: 'The crane rope is nearly through', go: 'Power is off' },
}

// Seconds, not minutes: the demo is told so.
test.use({ options: ['--alarm-seconds', '10'] })

/** Counts the tones that a page really starts. */
async function listening(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const page = window as unknown as { tones: number }
    page.tones = 0
    const start = OscillatorNode.prototype.start
    OscillatorNode.prototype.start = function (when?: number) {
      page.tones += 1
      start.call(this, when)
    }
  })
}

const tones = (page: Page) => page.evaluate(() => (window as unknown as { tones: number }).tones)

async function report(page: Page, say: Say, address: string, words: string): Promise<void> {
  const worker = new ReportPage(page, say)
  await worker.open(address)
  await worker.choose('electric')
  await worker.write(words)
  await page.locator('label[for=danger]').click()
  await worker.voice('named')
  await worker.name('李红')
  await worker.send()
  await expect(worker.title).toHaveText(say('report:sent.received'))
}

for (const language of LOCALES) {
  test.describe(language, () => {
    test.use({ language })

    test('a danger rings on the open screen, and somebody answers by name', async ({ demo, person, say }) => {
      const words = WORDS[language]
      const open = await person('phone')
      await listening(open)
      const officer = new PhoneApp(await open.newPage(), say, language)
      await officer.logIn('officer')
      const banner = officer.page.getByRole('alert').filter({ hasText: say('shared:alarm.step_1') })
      await expect(banner).toHaveCount(0)
      const before = await tones(officer.page)

      const worker = await (await person('phone')).newPage()
      await report(worker, say, demo.area, words.first)
      await expect(banner).toBeVisible()
      expect(await banner.innerText(), 'neither what was said nor by whom').not.toMatch(/李红|漏电|stings/)
      await expect.poll(() => tones(officer.page), { message: 'it is heard' }).toBeGreaterThan(before)
      // The list shows it without a touch.
      await expect(officer.row(words.first)).toBeVisible()

      await banner.getByRole('button', { name: say('shared:alarm.go') }).click()
      await expect(banner).toHaveCount(0)
      await officer.openCase(words.first)
      await expect(officer.page.getByText(say('shared:event.acknowledge'))).toBeVisible()
      await expect(officer.page.locator('li').filter({ hasText: say('shared:event.acknowledge') })).toContainText('顾永明')
      await officer.page.goBack()
      await officer.page.getByRole('link', { name: new RegExp(say('shared:notice.bell', { n: '\\d+' })) }).click()
      await expect(officer.page.getByText(say('shared:notice.answered', { name: '顾永明' })).first()).toBeVisible()
    })

    test('what nobody answers rings further, and on the wall', async ({ demo, person, say }) => {
      const words = WORDS[language]
      const desk = await person('desk')
      const wall = await person('desk')
      await Promise.all([listening(desk), listening(wall)])
      const manager = new DeskApp(await desk.newPage(), say, language)
      await manager.logIn('manager')
      const board = new DeskApp(await wall.newPage(), say, language)
      await board.logIn('officer')
      await board.go('board')
      await board.page.getByRole('link', { name: say('boards:board.wall') }).click()
      const worker = await (await person('phone')).newPage()
      await report(worker, say, demo.area, words.second)

      await expect(board.page.getByRole('alert').getByText(say('shared:alarm.step_1'))).toBeVisible()
      await expect.poll(() => tones(board.page)).toBeGreaterThan(0)
      // A wall that nobody has touched since it was started asks to be allowed to sound, unless the browser
      // remembers that somebody touched the page before it.
      await board.page.reload()
      const soundOn = board.page.getByRole('button', { name: say('shared:alarm.sound_on') })
      await expect(async () => {
        if (await soundOn.isVisible()) await soundOn.click({ timeout: 1_000 })
        expect(await tones(board.page)).toBeGreaterThan(0)
      }).toPass({ intervals: [200], timeout: 20_000 })
      // It did not ring here at first. On a busy machine the second step may have passed when somebody looks.
      const louder = manager.page.getByRole('alert')
      await expect(louder.getByText(say('shared:alarm.step_2')).or(louder.getByText(say('shared:alarm.step_3')))).toBeVisible()
      await expect.poll(() => tones(manager.page)).toBeGreaterThan(0)
      await expect(board.page.getByRole('alert').getByText(say('shared:alarm.step_3'))).toBeVisible()
      await manager.page.getByRole('alert').getByRole('button', { name: say('shared:alarm.go') }).click()
      await expect(board.page.getByRole('alert').getByText(say('shared:alarm.step_3'))).toHaveCount(0)
    })
  })
}
