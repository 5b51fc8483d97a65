// Whoever needs letters twice as large on a narrow phone reads and reaches everything: nothing is cut off, nothing lies over
// something else, nothing has to be pushed sideways.
import type { Page } from '@playwright/test'
import { FollowPage } from '../pages/follow'
import { ReportPage } from '../pages/report'
import { graveFindings } from '../support/look'
import { drawPicture } from '../support/picture'
import { expect, LOCALES, test } from '../support/test'

/** What is wrong with a page as it stands: texts that are cut off, or lie over each other. */
function faults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = []
    const root = document.documentElement
    if (root.scrollWidth > root.clientWidth) found.push(`scrolls sideways: ${root.scrollWidth} of ${root.clientWidth}`)
    // A dialog covers the page on purpose.
    const top = document.querySelector('dialog[open], [role=dialog]') ?? document.body
    const texts: { words: string; box: DOMRect; floats: Element | null }[] = []
    const walk = document.createTreeWalker(top, NodeFilter.SHOW_TEXT)
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      const words = node.textContent?.trim() ?? ''
      const owner = node.parentElement
      if (!words || !owner || !owner.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue
      const range = document.createRange()
      range.selectNodeContents(node)
      let floats: Element | null = null
      let hides = false
      for (let at: Element | null = owner; at; at = at.parentElement) {
        const style = getComputedStyle(at)
        if (style.position === 'fixed' || style.position === 'sticky') floats ??= at
        // What is there for readers of the screen only is one dot large.
        if (at.clientWidth <= 1 && style.overflow === 'hidden') hides = true
        if (at !== document.body && at !== root && /hidden|clip/.test(style.overflow) && at.clientWidth > 1) {
          if (at.scrollWidth > at.clientWidth + 1 || at.scrollHeight > at.clientHeight + 1) found.push(`cut off: ${words.slice(0, 60)}`)
        }
      }
      if (hides) continue
      for (const { index, 0: word } of (node.textContent ?? '').matchAll(/\b(?:[A-Z]?[a-z]{1,8}|[A-Z0-9]{4})\b/g)) {
        range.setStart(node, index)
        range.setEnd(node, index + word.length)
        if (new Set(Array.from(range.getClientRects(), (box) => Math.round(box.top))).size > 1) found.push(`a short word breaks: ${word}`)
      }
      range.selectNodeContents(node)
      for (const box of range.getClientRects()) {
        if (box.width < 1 || box.height < 1) continue
        if (box.left < -1 || box.right > root.clientWidth + 1) found.push(`leaves the screen: ${words.slice(0, 60)}`)
        texts.push({ words, box, floats })
      }
    }
    texts.forEach((one, index) => {
      for (const other of texts.slice(index + 1)) {
        // What stays at the edge of the screen moves over the rest, which can be scrolled from under it.
        if (one.words === other.words || one.floats !== other.floats) continue
        const width = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left)
        const height = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top)
        // Lines of a text have room above and below their letters.
        if (width > 2 && height > one.box.height / 3) found.push(`${one.words.slice(0, 40)} lies over ${other.words.slice(0, 40)}`)
      }
    })
    return [...new Set(found)]
  })
}

async function isReadable(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `out/pictures/large-${name}.png`, fullPage: true, animations: 'disabled' })
  expect.soft(await faults(page), name).toEqual([])
  expect.soft(await graveFindings(page), `${name}: axe`).toEqual([])
}

/** Letters as large as somebody has set them in the browser. */
async function enlarge(page: Page, by: string): Promise<void> {
  await page.evaluate((size) => {
    document.documentElement.style.fontSize = size
  }, by)
}

const NARROW = { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true }

for (const language of LOCALES) {
  test.describe(language, () => {
    test.use({ language })

    test('the report page, the hiding of faces and the way back at 200 % text', async ({ browser, demo, say }) => {
      const picture = await drawPicture(browser)
      const context = await browser.newContext({ ...NARROW, locale: language, baseURL: demo.base })
      const page = await context.newPage()
      const report = new ReportPage(page, say)
      await report.open(demo.area)
      const before = (await page.locator('h1').first().boundingBox())?.height ?? 0
      await enlarge(page, '200%')
      const after = (await page.locator('h1').first().boundingBox())?.height ?? 0
      expect(after, 'letters are twice as large').toBeGreaterThanOrEqual(2 * before - 1)
      await isReadable(page, `report-${language}`)
      await report.choose('fire')
      await report.write(language === 'en' ? 'The fire extinguisher is blocked' : '灭火器被挡住了')
      await report.attach(picture)
      await expect(report.attached).toHaveCount(1)
      await isReadable(page, `report-filled-${language}`)

      await page.getByRole('button', { name: say('report:js.hide_in', { n: 1 }) }).click()
      const tool = page.getByRole('dialog', { name: say('report:js.hide') })
      await expect(tool.getByRole('application')).toBeVisible()
      await isReadable(page, `hide-${language}`)
      for (const one of await tool.getByRole('button').all()) await expect(one, 'it can be reached').toBeInViewport({ ratio: 0.99 })
      await enlarge(page, '100%')
      await isReadable(page, `hide-normal-${language}`)
      await enlarge(page, '200%')
      await tool.getByRole('button', { name: say('report:js.hide_cancel') }).click()

      await report.voice('anonymous')
      await report.send()
      await expect(report.title).toHaveText(say('report:sent.received'))
      await enlarge(page, '200%')
      await isReadable(page, `sent-${language}`)
      const code = await report.code()
      await page.goto('/f')
      await enlarge(page, '200%')
      await isReadable(page, `follow-${language}`)
      const follow = new FollowPage(page, say)
      await follow.ask(code)
      await expect(follow.now).toBeVisible()
      await enlarge(page, '200%')
      await isReadable(page, `followed-${language}`)
      await context.close()
    })
  })
}
