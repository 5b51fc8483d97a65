// The desk's own work: places and labels, invitations, the directory, and two people at the same case.
import { DeskApp } from '../pages/desk'
import { fillLogin } from '../pages/login'
import { PhoneApp } from '../pages/phone'
import { ReportPage } from '../pages/report'
import { expect, LOCALES, test } from '../support/test'

const PASSWORD = 'three quiet horses'

for (const language of LOCALES) {
  test.describe(language, () => {
    test.use({ language })

    test('a new area gets a label, and its code opens its report page', async ({ person, say, demo }) => {
      const context = await person('desk')
      const admin = new DeskApp(await context.newPage(), say, language)
      const area = language === 'en' ? 'Test bench' : '试验台'
      await admin.logIn('admin')
      await admin.go('places')
      await admin.button('desk:places.add_area').first().click()
      await admin.sheet.getByLabel(say('desk:places.name')).fill(area)
      await admin.sheet.getByRole('button', { name: say('shared:ui.add'), exact: true }).click()
      await expect(admin.sheet).toBeHidden()
      await expect(admin.page.getByText(area).first()).toBeVisible()

      const labels = await admin.labels()
      const label = labels.locator('.label').filter({ hasText: area })
      await expect(label).toHaveCount(1)
      await expect(label.locator('svg')).toBeVisible()
      const printed = (await label.locator('.address').innerText()).replace(/\s/g, '')
      const report = new ReportPage(await (await person('phone')).newPage(), say)
      await report.open(`${demo.base}${printed.slice(printed.indexOf('/r/'))}`)
      await expect(report.page.locator('.place')).toContainText(area)
      // A letter changed is a code that nobody signed.
      await report.page.goto(`${demo.base}${printed.slice(printed.indexOf('/r/'), -1)}${printed.endsWith('0') ? '1' : '0'}`)
      await expect(report.page.getByRole('heading', { name: say('report:heading') })).toBeHidden()
    })

    test('who is invited gets in by the link, once', async ({ person, say }) => {
      const admin = new DeskApp(await (await person('desk')).newPage(), say, language)
      const login = `li.hong.${language.toLowerCase()}`
      await admin.logIn('admin')
      await admin.go('users')
      await admin.button('desk:users.invite').click()
      const who = admin.sheet.getByLabel(say('desk:users.person'))
      await who.selectOption({ label: language === 'en' ? '王建国 · 1002' : '李红 · 1001' })
      await admin.sheet.getByLabel(say('shared:session.login')).fill(login)
      await admin.sheet.getByLabel(say('desk:users.role'), { exact: true }).selectOption('eit_secretary')
      await admin.sheet.getByRole('button', { name: say('desk:users.invite'), exact: true }).click()
      const link = await admin.sheet.locator('.link').innerText()
      const code = await admin.sheet.locator('.code').innerText()
      expect(link).toContain(code.replace(/\s/g, ''))
      await admin.close()

      const guest = new DeskApp(await (await person('desk')).newPage(), say, language)
      await guest.page.goto(link)
      await expect(guest.page.getByLabel(say('shared:session.code'))).not.toHaveValue('')
      await guest.page.getByLabel(say('shared:session.new_password')).fill(PASSWORD)
      await guest.button('shared:session.redeem').click()
      await guest.inside()
      await guest.go('cases')
      // The code has done its work: it opens nothing a second time.
      const late = await (await person('desk')).newPage()
      await late.goto(link)
      await late.getByLabel(say('shared:session.new_password')).fill(PASSWORD)
      await late.getByRole('button', { name: say('shared:session.redeem'), exact: true }).click()
      await expect(late.getByRole('alert')).toBeVisible()
      await expect(late.getByLabel(say('shared:session.new_password'))).toBeVisible()
    })

    test('the inspector lists what is overdue in all factories, and opens one', async ({ person, say }) => {
      const inspector = new DeskApp(await (await person('desk')).newPage(), say, language)
      await inspector.logIn('inspector')
      const { page } = inspector
      await page.getByRole('link', { name: say('oversight:oversight.cases') }).click()
      const lines = page.locator('.cases li')
      await expect(lines.first()).toBeVisible()
      await page.getByLabel(say('desk:list.state')).selectOption('overdue')
      await expect(page).toHaveURL(/queue=overdue/)
      // Each line of the narrower list is planned, and its day has passed.
      await expect(lines.getByText(say('shared:state.new'), { exact: true })).toHaveCount(0)
      await expect(lines.first()).toContainText(say('shared:state.planned'))
      const text = await lines.first().locator('.text').innerText()
      await lines.first().getByRole('link').click()
      await expect(page.getByText(text).first()).toBeVisible()
    })

    test('a report is found by two characters or a word of it, on the desk and on the phone', async ({ demo, person, say }) => {
      const [seen, word] = language === 'en' ? ['The winch of hall 9 squeals', 'winch'] : ['九号厅的绞车尖叫', '绞车']
      const report = new ReportPage(await (await person('phone')).newPage(), say)
      await report.open(demo.area)
      await report.choose('other')
      await report.write(seen)
      await report.voice('named')
      await report.name('1004')
      await report.send()
      for (const App of [DeskApp, PhoneApp]) {
        const officer = new App(await (await person(App === DeskApp ? 'desk' : 'phone')).newPage(), say, language)
        await officer.logIn('officer')
        await (officer instanceof DeskApp ? officer.go('cases') : officer.tab('open'))
        const search = officer.page.getByLabel(say('shared:search.label'))
        await search.fill(word)
        await search.press('Enter')
        await expect(officer.page.getByText(seen).first()).toBeVisible()
        await search.fill('Kolibri')
        await search.press('Enter')
        await expect(officer.page.getByText(say('shared:search.none'))).toBeVisible()
        await officer.page.getByRole('button', { name: say('shared:search.clear') }).click()
        await expect(officer.page.getByText(say('shared:search.none'))).toBeHidden()
      }
    })

    test('a disabled user is asked to log in again, and what was typed is sent once that works', async ({ demo, person, say }) => {
      const words = language === 'en' ? 'We will move the rack on Friday.' : '周五把货架移开。'
      const report = new ReportPage(await (await person('phone')).newPage(), say)
      const seen = language === 'en' ? 'The rack at gate 3 leans' : '三号门的货架歪了'
      await report.open(demo.area)
      await report.choose('other')
      await report.write(seen)
      await report.voice('named')
      await report.name('1004')
      await report.send()
      await expect(report.title).toHaveText(say('report:sent.received'))

      const secretary = new PhoneApp(await (await person('phone')).newPage(), say, language)
      await secretary.logIn('secretary')
      await secretary.tab('open')
      await secretary.openCase(seen)
      await secretary.action('accept').click()
      const answer = secretary.page.getByLabel(say('shared:form.answer'))
      await answer.fill(words)

      const admin = new DeskApp(await (await person('desk')).newPage(), say, language)
      await admin.logIn('admin')
      await admin.go('users')
      const row = admin.page.locator('.el-table__row').filter({ hasText: '沈洁' })
      await row.getByRole('button', { name: say('desk:users.disable'), exact: true }).click()
      await expect(row.getByRole('button', { name: say('desk:users.enable'), exact: true })).toBeVisible()

      await secretary.page.getByRole('dialog').getByRole('button', { name: say('shared:action.accept'), exact: true }).click()
      await expect(secretary.page.getByText(say('shared:session.again_text'))).toBeVisible()
      await fillLogin(secretary.page, say, 'secretary')
      await expect(secretary.page.getByText(say('problems:session.wrong_password'))).toBeVisible()
      await row.getByRole('button', { name: say('desk:users.enable'), exact: true }).click()
      await expect(row.getByRole('button', { name: say('desk:users.disable'), exact: true })).toBeVisible()
      await fillLogin(secretary.page, say, 'secretary')
      await expect(secretary.state('accepted')).toBeVisible()
      await expect(secretary.page.getByText(words).first()).toBeVisible()
    })

    test('a credit code whose check character differs is taken with a warning', async ({ person, say }) => {
      const bureau = new DeskApp(await (await person('desk')).newPage(), say, language)
      const name = language === 'en' ? 'Lakeside Castings' : '湖边铸造厂'
      await bureau.logIn('bureau')
      await bureau.button('desk:factory.add').click()
      await bureau.sheet.getByLabel(say('desk:factory.name')).fill(name)
      await bureau.sheet.getByLabel(say('desk:factory.credit_code')).fill('91330503MA2B4XXXX0')
      for (const level of ['province', 'city', 'county'] as const) {
        const field = bureau.sheet.getByLabel(say(`shared:region.${level}`))
        await field.selectOption({ province: '330000', city: '330500', county: '330503' }[level])
      }
      await bureau.sheet.getByRole('button', { name: say('desk:factory.add'), exact: true }).click()
      await expect(bureau.page.getByText(say('problems:enterprise.credit_code_check'))).toBeVisible()
      await expect(bureau.page.locator('.el-table__row').filter({ hasText: name })).toContainText(say('desk:factory.check'))
    })

    test('two people act on one case: the second is told so in words, and both texts are there', async ({ demo, person, say }) => {
      const seen = language === 'en' ? 'The emergency exit is blocked by pallets' : '安全出口被托盘堵住了'
      const first = language === 'en' ? 'Cleared within the hour.' : '一小时内清走。'
      const second = language === 'en' ? 'We mark the floor yellow.' : '地面画黄线。'
      const report = new ReportPage(await (await person('phone')).newPage(), say)
      await report.open(demo.area)
      await report.choose('fire')
      await report.write(seen)
      await report.voice('named')
      await report.name('1005')
      await report.send()
      await expect(report.title).toHaveText(say('report:sent.received'))

      const officer = new PhoneApp(await (await person('phone')).newPage(), say, language)
      const leader = new PhoneApp(await (await person('phone')).newPage(), say, language)
      await officer.logIn('officer')
      await officer.openCase(seen)
      await leader.logIn('leader')
      await leader.tab('open')
      await leader.openCase(seen)
      await leader.action('accept').click()
      const sheet = leader.page.getByRole('dialog')
      await sheet.getByLabel(say('shared:form.answer')).fill(second)
      await officer.accept(first)
      await sheet.getByRole('button', { name: say('shared:action.accept'), exact: true }).click()
      await expect(sheet.getByText(say('problems:case.stale'))).toBeVisible()
      await expect(sheet.getByLabel(say('shared:form.answer')), 'what was typed is still there').toHaveValue(second)
      await leader.page.keyboard.press('Escape')
      await expect(leader.page.getByText(first).first(), 'the page shows how the case stands now').toBeVisible()
    })
  })
}
