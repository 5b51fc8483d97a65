// A register comes in: columns guessed, a dry run that names the row it cannot read, then the counts.
import { DeskApp } from '../pages/desk'
import { expect, LOCALES, test } from '../support/test'

const FILE = {
  'zh-CN': ['日期,经过,受伤部位,班次', '2024-03-05,手指被压伤,手指,早班', '2024-13-40,脚扭伤,脚踝,中班', '2025-01-09,铁屑入眼,眼睛,早班'],
  en: ['Date,Narrative,Body part,Shift', '2024-03-05,Finger pinched in a die,finger,early', '2024-13-40,Ankle twisted,ankle,late', '2025-01-09,Chip in the eye,eye,early'],
}

for (const language of LOCALES) {
  test.describe(language, () => {
    test.use({ language })

    test('a small file: mapping, dry run with a row that cannot be read, import, counts', async ({ person, say }) => {
      const admin = new DeskApp(await (await person('desk')).newPage(), say, language)
      await admin.logIn('admin')
      await admin.go('imports')
      const name = `register-${language}.csv`
      await admin.page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(FILE[language].join('\n')) })
      await expect(admin.page.getByRole('heading', { level: 1, name })).toBeVisible()

      // The day and the words are known by their headings; the rest is kept as it is, and can be counted.
      const [day, text, , shift] = FILE[language][0]!.split(',') as [string, string, string, string]
      const meaning = (column: string) => admin.page.getByLabel(say('desk:import.is_column', { column }))
      await expect(meaning(day)).toHaveValue('date')
      await expect(meaning(text)).toHaveValue('text')
      await expect(meaning(shift)).toHaveValue('')
      await admin.button('desk:import.check').click()
      const errors = admin.page.locator('.el-table__row').filter({ hasText: '2024-13-40' })
      await expect(errors.locator('td').first(), 'the row as a spreadsheet numbers it').toHaveText('3')
      await expect(errors).toContainText(say('problems:import.row.date'))

      await admin.button('desk:import.run', { n: 2 }).click()
      await expect(admin.page.getByRole('heading', { name: say('desk:import.counts') })).toBeVisible()
      const count = (key: string) => admin.page.getByRole('row').filter({ hasText: key }).last()
      await expect(count('2024')).toContainText('1')
      await expect(count('2025')).toContainText('1')
      await expect(admin.page.getByText(say('desk:import.sum', { groups: 2, rows: 2 }))).toBeVisible()
      await admin.page.getByLabel(say('desk:import.by')).selectOption({ label: shift })
      await expect(count(language === 'en' ? 'early' : '早班')).toContainText('2')
    })
  })
}
