// Everybody is answered: the team asks back, the worker replies with the report code and nothing else,
// and what was answered stands on a page for everybody who scans the code on the wall.
import { FollowPage } from '../pages/follow'
import { PhoneApp } from '../pages/phone'
import { ReportPage } from '../pages/report'
import { expect, LOCALES, test } from '../support/test'
import { tracesLeft } from '../support/traces'

const WORDS = {
  'zh-CN': { seen: '装配线旁边的灯一闪一闪，看不清楚', asked: '是哪一盏灯，白班还是夜班？', replied: '第三盏，夜班', answer: '明天换灯，谢谢。' },
  en: { seen: 'The lamp beside the assembly line flickers', asked: 'Which lamp, and on which shift?', replied: 'The third one, on the night shift', answer: 'A new lamp comes tomorrow, thank you.' },
}

for (const language of LOCALES) {
  test.describe(language, () => {
    test.use({ language })

    test('a question reaches the reporter, the reply reaches the team, the answer is posted', async ({ demo, person, say }) => {
      const words = WORDS[language]
      const report = new ReportPage(await (await person('phone')).newPage(), say)
      await report.open(demo.area)
      await report.choose('other')
      await report.write(words.seen)
      await report.voice('anonymous')
      await report.send()
      const code = await report.code()

      const officer = new PhoneApp(await (await person('phone')).newPage(), say, language)
      await test.step('the officer asks back', async () => {
        await officer.logIn('officer')
        await officer.release()
        await officer.openCase(words.seen)
        await officer.page.getByLabel(say('shared:talk.ask')).fill(words.asked)
        await officer.page.getByRole('button', { name: say('shared:talk.send'), exact: true }).click()
        await expect(officer.page.locator('.said.team')).toContainText(words.asked)
      })

      const follow = new FollowPage(await (await person('phone')).newPage(), say)
      await test.step('the worker replies with the report code', async () => {
        await follow.open()
        await follow.ask(code)
        await expect(follow.page.locator('.talk .team')).toContainText(words.asked)
        await follow.page.getByLabel(say('report:talk.reply')).fill(words.replied)
        await follow.page.getByRole('button', { name: say('report:talk.send') }).click()
        await expect(follow.page.locator('.talk .own')).toContainText(words.replied)
        expect(await tracesLeft(follow.page)).toEqual([])
      })

      await test.step('the reply waits on the first screen, without a name', async () => {
        await officer.page.goBack()
        await officer.page.reload()
        await expect(officer.page.getByRole('heading', { name: new RegExp(say('phone:triage.replies')) })).toBeVisible()
        await officer.openCase(words.seen)
        await expect(officer.page.locator('.said.reporter')).toContainText(words.replied)
        await officer.accept(words.answer)
        await expect(officer.state('accepted')).toBeVisible()
      })

      await test.step('everybody who scans the code reads the answer, not the report', async () => {
        await report.open(demo.area)
        await report.page.getByRole('link', { name: say('report:posted.link') }).click()
        await expect(report.page.locator('.posted')).toContainText(words.answer)
        await expect(report.page.locator('.posted')).not.toContainText(words.seen)
      })
    })
  })
}
