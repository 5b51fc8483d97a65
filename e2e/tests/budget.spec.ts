// What the report page costs: bytes over the wire, taps, and requests to anybody else.
import type { Page } from '@playwright/test'
import { FollowPage } from '../pages/follow'
import { ReportPage } from '../pages/report'
import { drawPicture } from '../support/picture'
import { expect, LOCALES, test } from '../support/test'

const KB = 1024

interface Loaded {
  url: string
  type: string
  bytes: number
}

/** Counts what comes over the wire, headers included, as the browser's network layer sees it. */
async function countWire(page: Page): Promise<Loaded[]> {
  const wire = await page.context().newCDPSession(page)
  const begun = new Map<string, Loaded>()
  const loaded: Loaded[] = []
  wire.on('Network.requestWillBeSent', ({ requestId, request, type }) => {
    if (!request.url.startsWith('data:')) begun.set(requestId, { url: request.url, type: type ?? 'Other', bytes: 0 })
  })
  wire.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const one = begun.get(requestId)
    if (one) loaded.push({ ...one, bytes: encodedDataLength })
  })
  await wire.send('Network.enable')
  await wire.send('Network.setCacheDisabled', { cacheDisabled: true })
  return loaded
}

function sum(loaded: Loaded[]): number {
  return loaded.reduce((all, one) => all + one.bytes, 0)
}

for (const language of LOCALES) {
  test.describe(language, () => {
    test.use({ language })

    test('the report page is at most 100 KB, of it at most 60 KB JavaScript', async ({ demo, person }) => {
      const page = await (await person('phone')).newPage()
      const loaded = await countWire(page)
      await page.goto(demo.machine, { waitUntil: 'networkidle' })
      const scripts = loaded.filter((one) => one.type === 'Script')
      console.log(`report page ${language}: ${(sum(loaded) / KB).toFixed(1)} KB in ${loaded.length} requests, JavaScript ${(sum(scripts) / KB).toFixed(1)} KB`)
      expect(scripts.length, 'the page has a script at all').toBeGreaterThan(0)
      expect(sum(loaded)).toBeGreaterThan(KB)
      expect(sum(loaded)).toBeLessThanOrEqual(100 * KB)
      expect(sum(scripts)).toBeLessThanOrEqual(60 * KB)
    })

    test('one required field, and a whole report in five steps', async ({ browser, demo, person, say }) => {
      const picture = await drawPicture(browser)
      const report = new ReportPage(await (await person('phone')).newPage(), say)
      await report.open(demo.area)
      const required = await report.page.locator(':is(input, select, textarea)[required]').evaluateAll((fields) => fields.map((field) => field.getAttribute('name')))
      expect([...new Set(required)]).toEqual(['category'])

      const steps = [() => report.attach(picture), () => report.choose('fire'), () => report.write('灭火器过期 expired'), () => report.voice('anonymous'), () => report.send()]
      expect(steps.length).toBeLessThanOrEqual(5)
      for (const step of steps) await step()
      await expect(report.title).toHaveText(say('report:sent.received'))
    })

    test('the shortest report is one picture tapped, and send', async ({ demo, person, say }) => {
      const report = new ReportPage(await (await person('phone')).newPage(), say)
      await report.open(demo.area)
      await report.send()
      await expect(report.problem).toHaveText(say('report:js.choose_kind'))
      await report.choose('machine')
      await report.send()
      await expect(report.title).toHaveText(say('report:sent.received'))
    })

    test('no request leaves the host, no cookie is set', async ({ demo, person, say }) => {
      const context = await person('phone')
      const foreign: string[] = []
      context.on('request', (request) => {
        const url = new URL(request.url())
        if (url.protocol.startsWith('http') && url.origin !== demo.base) foreign.push(request.url())
      })
      const page = await context.newPage()
      const report = new ReportPage(page, say)
      await report.open(demo.machine)
      await report.choose('chemical')
      await report.send()
      await expect(report.title).toHaveText(say('report:sent.received'))
      const code = await report.code()
      const follow = new FollowPage(page, say)
      await follow.open()
      await follow.ask(code)
      await expect(follow.now).toBeVisible()
      expect(await context.cookies()).toEqual([])
      for (const address of ['/r', '/phone/', '/desk/']) await page.goto(address, { waitUntil: 'networkidle' })
      expect(foreign).toEqual([])
    })
  })
}
