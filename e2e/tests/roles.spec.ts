// Everybody comes first to the screen of their work; the county's figures lead down to what they count.
import { DeskApp } from '../pages/desk'
import { PhoneApp } from '../pages/phone'
import { startDemo } from '../support/server'
import { expect, LOCALES, test as base } from '../support/test'

/** A county of three factories, of which the last has fallen silent. */
const test = base.extend<object, { demo: Awaited<ReturnType<typeof startDemo>>[0] }>({
  demo: [
    async ({}, use, worker) => {
      const [demo, stop] = await startDemo(`county-${worker.workerIndex}`, [], 'county')
      await use(demo)
      await stop()
    },
    { scope: 'worker', timeout: 60_000 },
  ],
})

const PHONE = [
  ['officer', 'phone:nav.triage'],
  ['rep', 'phone:nav.confided'],
  ['leader', 'phone:nav.agenda'],
  ['fixer', 'phone:nav.agenda'],
  ['manager', 'phone:nav.board'],
  ['inspector', 'phone:nav.enterprises'],
  ['county', 'phone:nav.enterprises'],
] as const
const DESK = [
  ['officer', 'desk:nav.cases'],
  ['manager', 'desk:nav.board'],
  ['admin', 'desk:nav.health'],
  ['bureau', 'desk:nav.enterprises'],
] as const

/** The number at the beginning of a text such as "1,204 of 9". */
const numberIn = (text: string) => Number(/[\d,]+/.exec(text)?.[0].replaceAll(',', '') ?? 'NaN')

for (const language of LOCALES) {
  test.describe(language, () => {
    test.use({ language })
    test.setTimeout(240_000)

    test('everybody comes first to the screen of their work', async ({ person, say }) => {
      for (const [login, title] of PHONE) {
        const context = await person('phone')
        const app = new PhoneApp(await context.newPage(), say, language)
        await app.logIn(login)
        await expect(app.page.getByRole('heading', { level: 1 }).first(), `${login} on the phone`).toHaveText(say(title))
        await context.close()
      }
      for (const [login, title] of DESK) {
        const context = await person('desk')
        const app = new DeskApp(await context.newPage(), say, language)
        await app.logIn(login)
        await expect(app.page.getByRole('heading', { level: 1 }), `${login} at the desk`).toContainText(say(title))
        await context.close()
      }
    })

    test('a county figure is the sum of its factories, and leads on to them', async ({ person, say }) => {
      const county = new DeskApp(await (await person('desk')).newPage(), say, language)
      const { page } = county
      await county.logIn('county')
      await expect(page.getByRole('heading', { name: say('oversight:oversight.silent') })).toBeVisible()
      const tiles = await page.locator('a[data-test=total]').evaluateAll((links) => links.map((link) => ({ text: link.textContent ?? '', href: (link as HTMLAnchorElement).href })))
      expect(tiles.length).toBeGreaterThan(12)
      let seen = 0
      for (const { text, href } of tiles) {
        if (href.includes('figure=saving')) continue
        await page.goto('about:blank')
        await page.goto(href)
        const nothing = page.getByText(say('oversight:oversight.nothing'))
        // Numbers about people are rounded one by one and held back where they are few: they have no sum, and the page says so.
        if (/figure=(people|front_line)/.test(href)) {
          await expect(page.getByText(say('oversight:oversight.rounded_note')).or(nothing)).toBeVisible()
          await expect(page.locator('[data-test=sum]')).toHaveCount(0)
          continue
        }
        const sum = page.locator('[data-test=sum]').or(nothing)
        await expect(sum).toBeVisible()
        const shown = (await sum.innerText()).trim()
        expect(/\d/.test(shown) ? numberIn(shown) : 0, href).toBe(numberIn(text))
        seen += numberIn(text)
      }
      expect(seen).toBeGreaterThan(50)

      // The county reads sums and no cases: a factory's name leads to its board, which has no lists.
      await page.goto(tiles.find(({ href }) => href.includes('figure=reported'))!.href)
      await page.locator('tbody th a').first().click()
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(say('desk:nav.board'))
      await expect(page.getByRole('heading', { name: say('boards:board.front_line') })).toBeVisible()
      await expect(page.locator('a[data-test=list]')).toHaveCount(0)
    })

    test('the inspector goes from the county to exactly the cases, at the desk and on the phone, and changes nothing', async ({ person, say }) => {
      const desk = new DeskApp(await (await person('desk')).newPage(), say, language)
      await desk.logIn('inspector')
      await desk.page.getByLabel(say('boards:board.overdue'), { exact: true }).locator('[data-test=total]').click()
      const counted = desk.page.locator('[data-test=counted] a').first()
      const count = numberIn(await counted.innerText())
      await counted.click()
      await expect(desk.page.locator('.el-table__row')).toHaveCount(count)

      const context = await person('phone')
      const phone = new PhoneApp(await context.newPage(), say, language)
      const { page } = phone
      await phone.logIn('inspector')
      await page.locator('a.factory').first().click()
      const open = page.getByLabel(say('boards:board.overdue'), { exact: true }).locator('[data-test=list]')
      await expect(open).toBeVisible()
      const here = numberIn(await open.innerText())
      await open.click()
      await expect(page.locator('a.case')).toHaveCount(here)
      await page.locator('a.case').first().click()
      await expect(page.getByRole('main').getByText(say('shared:state.planned'), { exact: true }).first()).toBeVisible()
      for (const action of ['accept', 'plan', 'finish', 'verify', 'close'] as const) await expect(phone.action(action)).toHaveCount(0)
    })

    test('what an inspector saw last is there without a connection, with its time', async ({ person, say }) => {
      const context = await person('phone')
      const phone = new PhoneApp(await context.newPage(), say, language)
      const { page } = phone
      await phone.logIn('inspector')
      // The worker that keeps what was seen takes over with the second visit.
      await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
      await page.reload()
      await page.locator('a.factory').first().click()
      await expect(page.getByLabel(say('boards:board.open'), { exact: true })).toBeVisible()
      await page.goBack()
      await expect(page.locator('a.factory').first()).toBeVisible()
      await context.setOffline(true)
      await page.reload()
      await expect(page.getByText(say('phone:waiting.offline'))).toBeVisible()
      await expect(page.locator('a.factory').first()).toBeVisible()
      await expect(page.getByText(say('oversight:oversight.need_first'))).toBeVisible()
      await page.locator('a.factory').first().click()
      await expect(page.getByLabel(say('boards:board.open'), { exact: true })).toBeVisible()
      await context.setOffline(false)

      // A session that has run out takes along what was seen, once the server has said so.
      const seen = () => page.evaluate(async () => (await (await caches.open('hezuo-seen-1')).keys()).map(({ url }) => url))
      expect((await seen()).filter((url) => url.includes('/oversight'))).not.toEqual([])
      await context.clearCookies()
      await page.reload()
      await expect(page.locator('input[type=password]')).toBeVisible()
      await expect.poll(async () => (await seen()).filter((url) => url.includes('/oversight'))).toEqual([])
    })
  })
}
