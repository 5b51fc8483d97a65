// Without JavaScript the plain form does the same, and what differs is said.
import type { Route } from '@playwright/test'
import { FollowPage } from '../pages/follow'
import { ReportPage } from '../pages/report'
import { drawPicture } from '../support/picture'
import { expect, LOCALES, test } from '../support/test'

for (const language of LOCALES) {
  test.describe(language, () => {
    test.use({ language })

    test('a report with a picture, its code, and the way back by form', async ({ browser, demo, person, say }) => {
      const picture = await drawPicture(browser)
      const page = await (await person('phone', { javaScriptEnabled: false })).newPage()
      const report = new ReportPage(page, say)
      await report.open(demo.area)
      // The search by text leaves this element out, but a browser without scripts shows it.
      await expect(page.locator('noscript p')).toBeVisible()
      await expect(page.locator('noscript p')).toHaveText(say('report:no_script'))
      await report.choose('vehicle')
      await report.write('3号叉车倒车没有声音 no reversing horn')
      await report.attach(picture)
      await report.voice('anonymous')
      await report.send()
      await expect(report.title).toHaveText(say('report:sent.received'))
      const code = await report.code()
      await expect(page.locator('#copy'), 'no button that only a script could make work').toBeHidden()

      const follow = new FollowPage(page, say)
      await page.getByRole('link', { name: say('report:sent.follow') }).click()
      await follow.ask(code.replace(/ /g, '-').toLowerCase())
      await expect(follow.now).toBeVisible()
      await expect(page.getByText('3号叉车倒车没有声音 no reversing horn')).toBeVisible()
      await expect(page.getByText(say('report:follow.no_answer'))).toBeVisible()
    })

    test('an answer that got lost comes by pressing again, with the same code', async ({ demo, person, say }) => {
      const page = await (await person('phone', { javaScriptEnabled: false })).newPage()
      const report = new ReportPage(page, say)
      await report.open(demo.area)
      await report.choose('machine')
      await report.write('护栏松了 a loose railing')
      await report.voice('anonymous')
      let lost = ''
      const lose = async (route: Route): Promise<void> => {
        lost = await (await route.fetch()).text()
        // Nothing to show: the browser stays on the page.
        await route.fulfill({ status: 204 })
      }
      await page.route('**/r/**', lose, { times: 1 })
      await report.send()
      await expect.poll(() => lost).toContain(say('report:sent.received'))
      await expect(page.getByLabel(say('report:text.label'))).toHaveValue('护栏松了 a loose railing')
      await report.send()
      await expect(report.title).toHaveText(say('report:sent.received'))
      const code = await report.code()
      expect(lost).toContain(`<span>${code.split(' ').join('</span> <span>')}</span>`)

      await report.another()
      await report.choose('machine')
      await report.write('护栏松了 a loose railing')
      await report.voice('anonymous')
      await report.send()
      await expect(report.title).toHaveText(say('report:sent.received'))
      expect(await report.code(), 'whoever opens the page anew reports anew').not.toBe(code)
    })

    test('a name for a named report, without which it is refused with everything kept', async ({ demo, person, say }) => {
      const page = await (await person('phone', { javaScriptEnabled: false })).newPage()
      const report = new ReportPage(page, say)
      await report.open(demo.area)
      await report.choose('idea')
      await report.write('风扇装高一点 fans higher up')
      await report.voice('named')
      await report.send()
      await expect(report.problem).toBeVisible()
      await expect(page.getByLabel(say('report:text.label'))).toHaveValue('风扇装高一点 fans higher up')
      await report.name('1003')
      await report.send()
      await expect(report.title).toHaveText(say('report:sent.received'))
    })

    test('the promise is one tap from the report page, and one back', async ({ demo, person, say }) => {
      const page = await (await person('phone', { javaScriptEnabled: false })).newPage()
      await new ReportPage(page, say).open(demo.area)
      await page.getByRole('link', { name: say('report:promise.link') }).click()
      await expect(page.getByRole('heading', { name: say('report:promise.heading') })).toBeVisible()
      for (const part of ['guess', 'law', 'help'] as const) await expect(page.getByRole('heading', { name: say(`report:promise.${part}`), exact: true })).toBeVisible()
      await page.getByRole('link', { name: say('report:follow.report') }).click()
      await expect(page.getByRole('heading', { name: say('report:heading') })).toBeVisible()
    })

    test('a wrong code is answered like an unknown one', async ({ person, say }) => {
      const page = await (await person('phone', { javaScriptEnabled: false })).newPage()
      const follow = new FollowPage(page, say)
      const answers: string[] = []
      for (const code of ['0000 0000 0000 0000 0000 0000', 'K7Q2 MX9A K7Q2 MX9A K7Q2 MX9A', 'not a code']) {
        await follow.open()
        await follow.ask(code)
        await expect(follow.problem).toBeVisible()
        answers.push(await follow.problem.innerText())
      }
      expect(new Set(answers)).toEqual(new Set([say('problems:report.unknown_code')]))
    })
  })
}
