// One case from a worker's phone without a network to "yes, it is fixed", as four people see it.
import { FollowPage } from '../pages/follow'
import { PhoneApp } from '../pages/phone'
import { ReportPage } from '../pages/report'
import { drawPicture } from '../support/picture'
import { expect, LOCALES, test } from '../support/test'
import { tracesLeft } from '../support/traces'

const WORDS = {
  'zh-CN': { seen: '仓库门口地上有一摊机油，走路会滑倒', answer: '谢谢你，说得对，今天就清理。', fixed: '已经擦干净，油桶下面放了接油盘', checked: '现场看过，地面是干的' },
  en: { seen: 'Oil on the floor at the warehouse gate, people slip', answer: 'Thank you, you are right, we clean it today.', fixed: 'Wiped up, and a tray put under the drum', checked: 'I went there, the floor is dry' },
}

for (const language of LOCALES) {
  test.describe(language, () => {
    test.use({ language })

    test('a case walks from an offline phone to a verified end', async ({ browser, demo, person, say }) => {
      const words = WORDS[language]
      const before = await drawPicture(browser)
      const after = await drawPicture(browser, '#8b8f90')

      const worker = await person('phone')
      const report = new ReportPage(await worker.newPage(), say)
      let code = ''
      await test.step('the worker reports without a network', async () => {
        await report.open(demo.area)
        await worker.setOffline(true)
        await report.choose('fall')
        await report.write(words.seen)
        await report.attach(before)
        await expect(report.attached).toHaveCount(1)
        await report.voice('anonymous')
        await report.send()
        await expect(report.title).toHaveText(say('report:js.saved'))
        code = await report.code()
        await report.another()
        await expect(report.waiting).toContainText(say('report:js.waiting', { n: 1 }))
      })

      await test.step('the network comes back, and the first answer is lost on the way', async () => {
        let asked = 0
        await report.page.route('**/api/v1/reports', async (route) => {
          asked += 1
          if (asked > 1) return route.continue()
          await route.fetch()
          return route.abort('connectionreset')
        })
        await worker.setOffline(false)
        await expect(report.waiting).toBeHidden({ timeout: 30_000 })
        expect(asked, 'the phone asked again because it heard nothing').toBeGreaterThan(1)
        expect(await tracesLeft(report.page), 'an anonymous report that has arrived leaves nothing on the phone').toEqual([])
      })

      const officer = new PhoneApp(await (await person('phone')).newPage(), say, language)
      await test.step('the officer lets it out and answers', async () => {
        await officer.logIn('officer')
        await expect(officer.intake).toBeVisible()
        await expect(officer.row(words.seen)).toHaveCount(0)
        await officer.release()
        await expect(officer.row(words.seen), 'sent twice, but one case').toHaveCount(1)
        await officer.openCase(words.seen)
        await expect(officer.page.getByRole('main').locator('img').first()).toBeVisible()
        await officer.accept(words.answer)
        await expect(officer.state('accepted')).toBeVisible()
      })

      await test.step('the fixer fixes it and is not offered to verify it', async () => {
        const fixer = new PhoneApp(await (await person('phone')).newPage(), say, language)
        await fixer.logIn('fixer')
        await fixer.tab('open')
        await fixer.openCase(words.seen)
        await fixer.fixOnTheSpot(words.fixed, after)
        await expect(fixer.state('done')).toBeVisible()
        await expect(fixer.page.getByRole('main').locator('img')).toHaveCount(2)
        await expect(fixer.action('verify')).toHaveCount(0)
      })

      await test.step('somebody other than the fixer verifies', async () => {
        await officer.page.goBack()
        await officer.openCase(words.seen)
        await officer.verify(words.checked)
        await expect(officer.state('verified')).toBeVisible()
      })

      await test.step('the report code shows the answer, and the worker says that it is fixed', async () => {
        const follow = new FollowPage(await (await person('phone')).newPage(), say)
        await follow.open()
        await follow.ask(code.toLowerCase())
        await expect(follow.answer).toContainText(words.answer)
        await expect(follow.now).toContainText(say('report:state.verified'))
        await follow.fixed(true)
        await expect(follow.page.getByText(say('report:follow.thanks'))).toBeVisible()
        expect(await tracesLeft(follow.page)).toEqual([])
      })
    })

    test('a report that is sent at once shows its code, and two that wait are counted', async ({ demo, person, say }) => {
      const worker = await person('phone')
      const report = new ReportPage(await worker.newPage(), say)
      await report.open(demo.area)
      await report.choose('electric')
      await report.send()
      await expect(report.title).toHaveText(say('report:sent.received'))
      const code = await report.code()
      expect(await tracesLeft(report.page)).toEqual([])

      await worker.setOffline(true)
      for (const category of ['idea', 'near_miss']) {
        await report.another()
        await report.choose(category)
        await report.send()
        await expect(report.title).toHaveText(say('report:js.saved'))
        expect(await report.code(), 'every report has a code of its own').not.toBe(code)
      }
      await report.another()
      await expect(report.waiting).toContainText(say('report:js.waiting', { n: 2 }))
      await worker.setOffline(false)
      await expect(report.waiting).toBeHidden({ timeout: 30_000 })
      expect(await tracesLeft(report.page)).toEqual([])
    })
  })
}
