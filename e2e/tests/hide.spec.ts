// What a worker hides in a picture is gone before it is sent; and what is kept of a voice clip can be heard.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { PhoneApp } from '../pages/phone'
import { ReportPage } from '../pages/report'
import { drawPicture } from '../support/picture'
import { expect, LOCALES, test } from '../support/test'

/** How much colours differ inside small squares of a part of a picture, which is given in parts of its sides. */
async function detail(page: Page, source: string, part: [number, number, number, number]): Promise<number> {
  return page.evaluate(
    async ([address, [left, top, right, bottom]]) => {
      const image = new Image()
      image.src = address
      await image.decode()
      const canvas = document.createElement('canvas')
      canvas.width = image.naturalWidth
      canvas.height = image.naturalHeight
      const pen = canvas.getContext('2d') as CanvasRenderingContext2D
      pen.drawImage(image, 0, 0)
      const x = Math.round(left * canvas.width)
      const y = Math.round(top * canvas.height)
      const width = Math.round(right * canvas.width) - x
      const height = Math.round(bottom * canvas.height) - y
      const { data } = pen.getImageData(x, y, width, height)
      let edges = 0
      for (let row = 0; row < height; row++) {
        for (let column = 1; column < width; column++) {
          const at = (row * width + column) * 4
          if (Math.abs((data[at] as number) - (data[at - 4] as number)) > 24) edges++
        }
      }
      return edges / (width * height)
    },
    [source, part] as const,
  )
}

/** A picture with a fine pattern over it, as hair and eyes are. */
async function pattern(page: Page): Promise<Buffer> {
  const address = await page.evaluate(() => {
    const canvas = document.createElement('canvas')
    canvas.width = 800
    canvas.height = 600
    const pen = canvas.getContext('2d') as CanvasRenderingContext2D
    for (let y = 0; y < 600; y += 4) {
      for (let x = 0; x < 800; x += 4) {
        pen.fillStyle = (x + y) % 8 ? '#f0d8c0' : '#402818'
        pen.fillRect(x, y, 4, 4)
      }
    }
    return canvas.toDataURL('image/jpeg', 0.9)
  })
  return Buffer.from(address.slice(address.indexOf(',') + 1), 'base64')
}

for (const language of LOCALES) {
  test.describe(language, () => {
    test.use({ language })

    test('a face that was hidden is gone from what the factory gets', async ({ demo, person, say }) => {
      const page = await (await person('phone')).newPage()
      const report = new ReportPage(page, say)
      await report.open(demo.area)
      await report.attach(await pattern(page))
      await page.getByRole('button', { name: say('report:js.hide_in', { n: 1 }) }).click()
      const tool = page.getByRole('dialog', { name: say('report:js.hide') })
      const picture = tool.getByRole('application')
      const undo = tool.getByRole('button', { name: say('report:js.hide_undo') })
      await expect(undo).toBeDisabled()
      for (const one of await tool.getByRole('button').all()) {
        const box = await one.boundingBox()
        expect(box?.height).toBeGreaterThanOrEqual(48)
      }
      // A finger's tap in a corner by mistake, taken back; then from a quarter to three quarters.
      const box = await picture.boundingBox()
      if (!box) throw new Error('no picture')
      const at = (x: number, y: number) => [box.x + x * box.width, box.y + y * box.height] as const
      await page.touchscreen.tap(...at(0.1, 0.1))
      await expect(tool.getByRole('status')).toHaveText(say('report:js.hide_count', { n: 1 }))
      await undo.click()
      await expect(undo).toBeDisabled()
      await page.mouse.move(...at(0.25, 0.25))
      await page.mouse.down()
      await page.mouse.move(...at(0.5, 0.5))
      await page.mouse.move(...at(0.75, 0.75))
      await page.mouse.up()
      await expect(tool.getByRole('status')).toHaveText(say('report:js.hide_count', { n: 1 }))
      await page.screenshot({ path: `out/pictures/hide-${language}.png` })
      await tool.getByRole('button', { name: say('report:js.hide_done') }).click()
      await expect(tool).toHaveCount(0)
      await report.choose('fire')
      const words = `hidden ${language}`
      await report.write(words)
      await report.voice('named')
      await report.name('Li')
      await report.send()
      await expect(report.title).toHaveText(say('report:sent.received'))

      const officer = new PhoneApp(await (await person('phone')).newPage(), say, language)
      await officer.logIn('officer')
      await officer.openCase(words)
      const kept = officer.page.getByRole('main').locator('img').first()
      await expect(kept).toBeVisible()
      const source = (await kept.getAttribute('src')) ?? ''
      const untouched = await detail(officer.page, source, [0, 0, 0.2, 0.2])
      const hidden = await detail(officer.page, source, [0.27, 0.27, 0.73, 0.73])
      expect(untouched, 'the pattern is there where nothing was hidden').toBeGreaterThan(0.1)
      expect(hidden, 'nothing but the edges of a few squares').toBeLessThan(0.03)
    })

    test('the keyboard hides, and Escape leaves the picture as it was', async ({ demo, person, say }) => {
      const page = await (await person('desk')).newPage()
      const report = new ReportPage(page, say)
      await report.open(demo.area)
      await report.attach(await pattern(page))
      const open = page.getByRole('button', { name: say('report:js.hide_in', { n: 1 }) })
      await open.focus()
      await page.keyboard.press('Enter')
      const tool = page.getByRole('dialog', { name: say('report:js.hide') })
      await expect(tool.getByRole('application')).toBeFocused()
      for (const key of ['ArrowLeft', 'ArrowLeft', 'ArrowUp', 'Shift+ArrowRight', 'Enter']) await page.keyboard.press(key)
      await expect(tool.getByRole('status')).toHaveText(say('report:js.hide_count', { n: 1 }))
      await page.keyboard.press('Tab')
      await expect(tool.getByRole('button', { name: say('report:js.hide_cancel') })).toBeFocused()
      await page.keyboard.press('Escape')
      await expect(tool).toHaveCount(0)
      await expect(open).toBeFocused()
      const source = (await page.locator('#pictures img').getAttribute('src')) ?? ''
      expect(source).toContain('blob:')
    })
  })
}

test('every clip that phones record can be heard as it is kept', async ({ browser }) => {
  const folder = new URL('../../crates/media/tests/clips', import.meta.url).pathname
  const page = await browser.newPage()
  const clips = readdirSync(folder).filter((name) => !name.endsWith('.md'))
  expect(clips.length).toBeGreaterThanOrEqual(7)
  for (const name of clips) {
    const answer = execFileSync(process.env.HEZUO ?? '', ['rewrite-upload'], { input: readFileSync(join(folder, name)) })
    const kept = answer.subarray(9).toString('base64')
    const seconds = await page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0))
      const sound = await new OfflineAudioContext(1, 48_000, 48_000).decodeAudioData(bytes.buffer)
      const loudest = sound.getChannelData(0).reduce((most, each) => Math.max(most, Math.abs(each)), 0)
      return loudest > 0.05 ? sound.duration : 0
    }, kept)
    const length = name.startsWith('chromium') ? 1.5 : 2
    expect(Math.abs(seconds - length), `${name}: ${seconds} s of sound`).toBeLessThan(0.2)
  }
  await page.close()
})
