// The factory's server and the intake, on two ports: an anonymous report never touches the first.
import { FollowPage } from '../pages/follow'
import { ReportPage } from '../pages/report'
import { graveFindings } from '../support/look'
import { drawPicture } from '../support/picture'
import { expect, LOCALES, SCREENS, test } from '../support/test'

test.use({ options: ['--intake-listen', '127.0.0.1:0'] })

for (const language of LOCALES) {
  test.describe(language, () => {
    test.use({ language })

    test('from the factory page to the intake, and back to what became of it', async ({ browser, demo, say }) => {
      const intake = new URL(demo.anonymous).origin
      const context = await browser.newContext({ ...SCREENS.phone, locale: language, baseURL: intake })
      const page = await context.newPage()
      const report = new ReportPage(page, say)
      await report.open(demo.area)
      await expect(page.locator('#voice-anonymous')).toHaveCount(0)
      await page.locator('a.elsewhere').click()
      await expect(page).toHaveURL((url) => url.origin === intake)
      // From here on the factory's server hears nothing of this phone.
      const heard: string[] = []
      page.on('request', (request) => {
        if (!request.url().startsWith(intake) && /^http/.test(request.url())) heard.push(request.url())
      })
      expect(await graveFindings(page)).toEqual([])
      await page.screenshot({ path: `out/screens/intake.phone.${language}.png`, fullPage: true })
      await expect(page.locator('#voice-named')).toHaveCount(0)
      await report.choose('machine')
      await report.write('2号冲床没有护罩 press 2 has no guard')
      await report.attach(await drawPicture(browser))
      await expect(report.attached).toHaveCount(1)
      await report.send()
      await expect(report.title).toHaveText(say('report:sent.received'))
      const code = await report.code()
      await expect(page.locator('#nothing-left')).toBeVisible()

      const follow = new FollowPage(page, say)
      await expect(async () => {
        await follow.open()
        await follow.ask(code)
        await expect(follow.now).toContainText(say('report:state.new'), { timeout: 2_000 })
      }).toPass({ timeout: 60_000 })
      expect(heard).toEqual([])
      expect(await context.cookies()).toEqual([])
      await context.close()
    })

    test('without a script', async ({ browser, demo, say }) => {
      const context = await browser.newContext({ ...SCREENS.phone, locale: language, javaScriptEnabled: false })
      const report = new ReportPage(await context.newPage(), say)
      await report.open(demo.anonymous)
      await report.choose('electric')
      await report.write('插座松了 a loose socket')
      await report.send()
      await expect(report.title).toHaveText(say('report:sent.received'))
      expect((await report.code()).replace(/\s/g, '')).toHaveLength(24)
      await context.close()
    })
  })
}
