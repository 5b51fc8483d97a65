// Every figure on the board leads to a list of exactly as many cases.
import { DeskApp } from '../pages/desk'
import { moreUntil } from '../support/lists'
import { expect, LOCALES, test } from '../support/test'

for (const language of LOCALES) {
  test.describe(language, () => {
    test.use({ language })

    test('the figures of the board lead to lists of the same length', async ({ person, say }) => {
      const context = await person('desk')
      const desk = new DeskApp(await context.newPage(), say, language)
      const { page } = desk
      await desk.logIn('manager')
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(say('desk:nav.board'))
      await expect(page.getByRole('heading', { name: say('boards:board.front_line') })).toBeVisible()
      await page.getByText(say('boards:board.trend_table')).click()

      const counts = page.locator('a[data-test]:not([data-test=projects])')
      const found = await counts.evaluateAll((links) => links.map((link) => ({ text: link.textContent ?? '', href: (link as HTMLAnchorElement).href })))
      expect(found.length).toBeGreaterThan(30)
      let cases = 0
      for (const { text, href } of found) {
        const count = Number(text.replace(/[^\d]/g, ''))
        // A week without anything is like another one.
        if (count === 0 && cases > 0 && /queue=(spoken|resolved)/.test(href)) continue
        await page.goto('about:blank')
        await page.goto(href)
        const rows = page.locator('.el-table__row')
        const more = desk.button('shared:ui.more')
        await expect(rows.first().or(page.getByText(say('desk:list.none')))).toBeVisible()
        await moreUntil(more, async () => (await rows.count()) >= count)
        await expect(rows, `${text} leads to ${href}`).toHaveCount(count)
        await expect(more).toBeHidden()
        cases += count
      }
      expect(cases).toBeGreaterThan(100)
    })

    test('the wall board shows the same figures and says when', async ({ person, say }) => {
      const context = await person('desk')
      const desk = new DeskApp(await context.newPage(), say, language)
      const { page } = desk
      await desk.logIn('manager')
      const onBoard = await page.getByLabel(say('boards:board.open'), { exact: true }).locator('[data-test=list]').innerText()
      await page.getByRole('link', { name: say('boards:board.wall') }).click()
      const tile = page.locator('.figure').filter({ hasText: say('boards:board.open') }).first()
      await expect(tile.locator('.number')).toHaveText(onBoard.trim())
      await page.getByRole('button', { name: say('boards:board.dark') }).click()
      await expect(page.locator('main.dark')).toBeVisible()
      // It refreshes itself: the next answer is asked for without anybody touching the screen.
      await page.clock.install()
      await page.reload()
      await expect(tile).toBeVisible()
      const asked = page.waitForRequest((request) => request.url().includes('/board?'))
      await page.clock.fastForward('01:05')
      await asked
    })
  })
}
