// "Not to my manager": the worker chooses who reads it first, on a narrow screen, with and without JavaScript.
import { FollowPage } from '../pages/follow'
import { PhoneApp } from '../pages/phone'
import { ReportPage } from '../pages/report'
import { expect, LOCALES, test } from '../support/test'

const WORDS = {
  'zh-CN': { said: '班长让我们别报工伤', own: '有人受伤没有报', ask: '可以把原话交给小组吗？' },
  en: { said: 'The foreman tells us not to report injuries', own: 'An injury was not reported', ask: 'May I give your words to the team?' },
}

for (const language of LOCALES) {
  for (const javaScriptEnabled of [true, false]) {
    test.describe(`${language}, ${javaScriptEnabled ? 'with' : 'without'} a script`, () => {
      test.use({ language })

      test('only the worker representative reads it, until it is handed on in other words', async ({ demo, person, say }) => {
        const words = WORDS[language]
        const said = `${words.said} ${javaScriptEnabled ? 1 : 2}`
        const own = `${words.own} ${javaScriptEnabled ? 1 : 2}`
        const page = await (await person('phone', { javaScriptEnabled })).newPage()
        await page.setViewportSize({ width: 320, height: 640 })
        const report = new ReportPage(page, say)
        await report.open(demo.area)
        await report.choose('other')
        await report.write(said)
        await expect(page.locator('.when-apart')).toBeHidden()
        await report.reader('representative')
        await expect(page.locator('.when-apart')).toContainText(say('report:reader.slower'))
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        expect(wider, 'scrolls sideways').toBeLessThanOrEqual(0)
        await report.voice('anonymous')
        await report.send()
        await expect(report.title).toHaveText(say('report:sent.received'))
        const code = await report.code()

        const officer = new PhoneApp(await (await person('phone')).newPage(), say, language)
        await officer.logIn('officer')
        await expect(officer.page.getByRole('main')).toBeVisible()
        await expect(officer.page.getByText(said)).toHaveCount(0)

        const reader = new PhoneApp(await (await person('phone')).newPage(), say, language)
        await reader.logIn('rep')
        await reader.page.locator('a[href$="/apart"]').click()
        await reader.page.getByText(said).click()
        await reader.page.getByLabel(say('phone:apart.ask')).fill(words.ask)
        await reader.page.getByRole('button', { name: say('shared:talk.send') }).click()
        await expect(reader.page.getByText(words.ask)).toBeVisible()

        const follow = new FollowPage(page, say)
        await page.goto('/f')
        await follow.ask(code)
        await expect(follow.now).toContainText(say('report:state.apart_representative'))
        await expect(page.getByText(words.ask)).toBeVisible()

        await reader.page.getByRole('button', { name: say('phone:apart.do_hand_on'), exact: true }).click()
        await reader.page.getByRole('textbox', { name: say('phone:apart.own_words') }).fill(own)
        await reader.page.getByRole('button', { name: say('phone:apart.give') }).last().click()
        await expect(reader.page.getByText(say('phone:apart.handed_on_now'))).toBeVisible()
        await expect(reader.page.getByText(said)).toHaveCount(0)

        await page.goto('/f')
        await follow.ask(code)
        await expect(page.getByText(say('report:follow.reworded'))).toBeVisible()
        await officer.page.reload()
        await expect(officer.page.getByText(own)).toBeVisible()
        await expect(officer.page.getByText(said)).toHaveCount(0)
      })
    })
  }
}
