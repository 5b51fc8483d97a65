// An anonymous report is rewarded: approved by one, paid by another, and nobody learns to whom.
import { DeskApp } from '../pages/desk'
import { FollowPage } from '../pages/follow'
import { PhoneApp } from '../pages/phone'
import { ReportPage } from '../pages/report'
import { expect, LOCALES, test } from '../support/test'
import { tracesLeft } from '../support/traces'

const WORDS = {
  'zh-CN': { seen: '配电箱门关不上，里面露着铜排', answer: '谢谢，今天就换门锁。' },
  en: { seen: 'The door of the switch box will not close, bare copper inside', answer: 'Thank you, we change the lock today.' },
}

for (const language of LOCALES) {
  test.describe(language, () => {
    test.use({ language })

    test('an anonymous reward is approved, taken with the report code, and paid out once', async ({ demo, person, say }) => {
      const words = WORDS[language]
      const worker = await (await person('phone')).newPage()
      const report = new ReportPage(worker, say)
      await report.open(demo.area)
      await report.choose('electric')
      await report.write(words.seen)
      await report.voice('anonymous')
      await report.send()
      await expect(report.title).toHaveText(say('report:sent.received'))
      const code = await report.code()

      await test.step('the officer answers, the leader approves', async () => {
        const officer = new PhoneApp(await (await person('phone')).newPage(), say, language)
        await officer.logIn('officer')
        await officer.release()
        await officer.openCase(words.seen)
        await officer.accept(words.answer)
        await expect(officer.state('accepted')).toBeVisible()

        const page = await (await person('desk')).newPage()
        const leader = new DeskApp(page, say, language)
        await leader.logIn('leader')
        await leader.go('cases')
        await leader.queue('open')
        await page.getByRole('link', { name: words.seen }).click()
        await page.getByLabel(say('shared:reward.amount')).selectOption('200')
        await leader.button('shared:reward.approve').click()
        await expect(page.getByText(say('shared:reward.way.pay_code'))).toBeVisible()
        await expect(page.getByText(say('shared:event.reward')), 'the record says that a reward was approved').toBeVisible()
      })

      let pay = ''
      const follow = new FollowPage(worker, say)
      await test.step('the worker takes the pay code, which never stands in the address', async () => {
        await follow.open()
        await follow.ask(code)
        await expect(worker.getByText(say('report:reward.pay_code'))).toBeVisible()
        await expect(worker.locator('#take-code')).toBeHidden()
        expect(worker.url()).not.toContain('#')
        await worker.getByRole('button', { name: say('report:reward.take') }).click()
        await expect(worker.locator('.pay-code')).toHaveText(/^[0-9A-Z]{4} [0-9A-Z]{4} [0-9A-Z]{4}$/)
        pay = await worker.locator('.pay-code').innerText()
        expect(await tracesLeft(worker)).toEqual([])
      })

      await test.step('the representative sees an amount, pays, and the code is used', async () => {
        const page = await (await person('phone')).newPage()
        const representative = new PhoneApp(page, say, language)
        await representative.logIn('rep')
        await representative.tab('pay_out')
        const field = page.getByLabel(say('phone:pay_out.code'))
        await field.fill(pay.toLowerCase().replaceAll(' ', '-'))
        await page.getByRole('button', { name: say('phone:pay_out.look') }).click()
        await expect(page.locator('.amount')).toContainText('200')
        await expect(page.getByRole('main')).not.toContainText(words.seen)
        await page.getByRole('button', { name: say('phone:pay_out.confirm') }).click()
        await expect(page.getByText(say('phone:pay_out.done'))).toBeVisible()
        await field.fill(pay)
        await page.getByRole('button', { name: say('phone:pay_out.look') }).click()
        await expect(page.getByText(say('problems:reward.pay_code_unknown'))).toBeVisible()
      })

      await test.step('without a script the same code comes back, and says that it was paid', async () => {
        const plain = await (await person('phone', { javaScriptEnabled: false })).newPage()
        const again = new FollowPage(plain, say)
        await again.open()
        await again.ask(code)
        await plain.getByLabel(say('report:reward.again')).fill(code)
        await plain.getByRole('button', { name: say('report:reward.take') }).click()
        await expect(plain.locator('.pay-code')).toHaveText(pay)
        await expect(plain.getByText(say('report:reward.paid'))).toBeVisible()
      })
    })
  })
}
