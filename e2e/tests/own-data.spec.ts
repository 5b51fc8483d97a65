// Whoever has an account takes home what is held about him, on the phone and at a desk, and looks into it.
import { readFile, writeFile } from 'node:fs/promises'
import { DeskApp } from '../pages/desk'
import { PhoneApp } from '../pages/phone'
import { looksWell } from '../support/look'
import { PASSWORD } from '../support/server'
import { expect, LOCALES, test, type Screen } from '../support/test'
import { unzip } from '../support/zip'

interface Data {
  sections: Record<string, { rows: unknown[] }>
}

for (const language of LOCALES) {
  test.describe(language, () => {
    test.use({ language })

    for (const screen of ['phone', 'desk'] as const satisfies Screen[]) {
      test(`${screen}: one's own data come as a file that opens`, async ({ person, say }, info) => {
        const page = await (await person(screen)).newPage()
        const app = screen === 'phone' ? new PhoneApp(page, say, language) : new DeskApp(page, say, language)
        await app.logIn('secretary')
        await page.goto(`/${screen}/#/me/account`)
        const card = page.getByRole('region', { name: say('shared:own.data.title') })
        await expect(card).toContainText(say('shared:own.data.without'))
        await card.scrollIntoViewIfNeeded()
        await looksWell(page, `own-data-${screen}-${language}`)

        // As when the last password is some minutes old: the page asks who is there, and goes on by itself.
        let asked = false
        await page.route('**/api/v1/account/data', async (route) => {
          if (asked) return route.continue()
          asked = true
          const body = JSON.stringify({ status: 403, code: 'session.step_up', detail: '', errors: [] })
          return route.fulfill({ status: 403, contentType: 'application/problem+json', body })
        })
        const saved = page.waitForEvent('download')
        await card.getByRole('button', { name: say('shared:own.data.take') }).click()
        const dialog = page.locator('dialog[open]')
        await dialog.locator('input[type=password]').fill(PASSWORD)
        await dialog.locator('button[type=submit]').click()
        const download = await saved
        expect(download.suggestedFilename()).toMatch(/^(我的数据|my-data)-\d{4}-\d\d-\d\d\.zip$/)
        await expect(card.getByRole('status')).toHaveText(say('shared:own.data.done'))
        await expect(page.getByText(say('shared:own.events'))).toBeVisible()

        const files = unzip(await readFile(await download.path()))
        const html = files.get('my-data.html')?.toString('utf8') ?? ''
        const data = JSON.parse(files.get('data.json')?.toString('utf8') ?? '') as Data
        expect(data.sections.account?.rows).toMatchObject([{ login: 'secretary' }])
        expect(data.sections.roles?.rows).toHaveLength(1)
        expect(html).toContain(`<html lang="${language}">`)

        // It opens without a server and without a script, and has as many rows as the other file.
        const path = info.outputPath('my-data.html')
        await writeFile(path, html)
        const reader = await page.context().browser()!.newPage({ viewport: { width: 390, height: 844 }, javaScriptEnabled: false })
        await reader.goto(`file://${path}`)
        for (const [key, { rows }] of Object.entries(data.sections)) {
          await expect(reader.locator(`#${key} tbody tr`), key).toHaveCount(rows.length)
        }
        expect(await reader.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
        await reader.close()
      })
    }
  })
}
