// A case becomes a project, the project saves money, and the money counts once somebody else has verified it.
import { DeskApp } from '../pages/desk'
import { PhoneApp } from '../pages/phone'
import { ProjectPage } from '../pages/project'
import { drawPicture } from '../support/picture'
import { expect, LOCALES, test } from '../support/test'

const WORDS = {
  'zh-CN': { title: '冲床飞边料回收', measure: '加导槽和料箱', why: '飞边料落在地上', formula: '每天回收公斤数 × 单价 × 年工作日', note: '导槽装好了', seen: '看过料箱和磅单', again: '料箱要换位置' },
  en: { title: 'Scrap of the press is used again', measure: 'A chute and a box', why: 'It falls on the floor', formula: 'kilogrammes a day × price × days', note: 'The chute is in place', seen: 'I saw the box and the weighing slips', again: 'The box has to move' },
}

for (const language of LOCALES) {
  test.describe(language, () => {
    test.use({ language })

    test('from a case to a verified saving on the board', async ({ browser, person, say }) => {
      const words = WORDS[language]
      const before = await drawPicture(browser)
      const after = await drawPicture(browser, '#8b8f90')

      const fixer = new PhoneApp(await (await person('phone')).newPage(), say, language)
      const project = new ProjectPage(fixer.page, say)
      await test.step('a member of the team makes a project of a case, on the phone', async () => {
        await fixer.logIn('fixer')
        await fixer.tab('open')
        await fixer.page.locator('a.case').first().click()
        await fixer.page.getByRole('link', { name: say('projects:project.make') }).click()
        await project.field('title').fill(words.title)
        await project.field('why', { n: '1' }).fill(words.why)
        await expect(project.field('why', { n: '2' }), 'the next line asks why of this one').toBeVisible()
        await fixer.page.getByRole('button', { name: say('projects:project.propose') }).click()
        await project.stands('proposed')
        await expect(fixer.page.getByRole('heading', { name: say('projects:project.comes_from') })).toBeVisible()
      })

      await test.step('it cannot be planned before it has an owner, a day and a measure', async () => {
        await expect(project.step('plan')).toHaveCount(0)
        await project.step('change').click()
        await project.sheet.getByLabel(say('projects:project.measure')).fill(words.measure)
        await project.sheet.getByLabel(say('projects:project.due_day')).fill('2099-01-01')
        const owner = project.sheet.getByLabel(say('projects:project.owner'))
        const name = await owner.locator('option').filter({ hasText: '李红' }).first().innerText()
        await owner.selectOption({ label: name })
        await project.sheet.getByRole('button', { name: say('shared:ui.save'), exact: true }).click()
        await project.step('plan').click()
        await project.stands('planned')
        await project.step('start').click()
        await project.stands('under_way')
      })

      await test.step('before and after from the same place, the saving, and done', async () => {
        if ((await fixer.page.locator('button.shot').count()) === 0) await project.showBefore(before)
        await project.showAfter(after)
        await project.saves(words.formula, '12.5', '3.20', '300')
        await expect(fixer.page.locator('article.saving').last()).toContainText('12,000')
        await project.say_and('finish', words.note)
        await project.stands('done')
        await expect(project.step('verify'), 'who entered the saving does not verify it').toHaveCount(0)
        await expect(fixer.page.getByText(say('projects:project.second_person'))).toBeVisible()
      })

      const officer = new DeskApp(await (await person('desk')).newPage(), say, language)
      const { page } = officer
      const checked = new ProjectPage(page, say)
      const figure = page.locator('a[data-test=projects]').first()
      const saved = async () => {
        await officer.go('board')
        await expect(figure).toBeVisible()
        return Number((await figure.innerText()).replace(/[^\d]/g, ''))
      }
      let counted = 0
      await test.step('somebody else verifies it, and the board counts it', async () => {
        await officer.logIn('officer')
        counted = await saved()
        await officer.go('projects')
        const column = page.getByRole('region', { name: say('projects:project_state.done'), exact: true })
        await column.locator('a.project').filter({ hasText: words.title }).click()
        await checked.say_and('verify', words.seen)
        await checked.stands('verified')
        expect(await saved()).toBe(counted + 12_000)
      })

      await test.step('the figure leads to exactly the projects that it adds up', async () => {
        await figure.click()
        const rows = page.locator('[data-test=projects] a.project')
        await expect(rows.filter({ hasText: words.title })).toHaveCount(1)
        const amounts = await rows.locator('b').allInnerTexts()
        const sum = amounts.reduce((all, text) => all + Number(text.replace(/[^\d.]/g, '')), 0)
        expect(Math.round(sum)).toBe(counted + 12_000)
      })

      await test.step('reopened, it counts no more', async () => {
        await page.locator('[data-test=projects] a.project').filter({ hasText: words.title }).click()
        await checked.say_and('reopen', words.again)
        await checked.stands('under_way')
        expect(await saved()).toBe(counted)
      })
    })
  })
}
