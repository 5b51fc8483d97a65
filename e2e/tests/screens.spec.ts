// Every screen in both languages: pictured for people to look at, and searched for what a machine can find.
import { readdirSync } from 'node:fs'
import { ReportPage } from '../pages/report'
import { DOCS, look, SHOWN, wrongWith } from '../support/look'
import { deskScreens, phoneScreens, publicScreens, type Stop, type Surroundings } from '../support/pages'
import { drawPicture } from '../support/picture'
import { routeAt, routesOf } from '../support/routes'
import { after, gateScreens, importScreens, plainScreens, recorderScreens, waitingScreens, weekScreen } from '../support/side-pages'
import { expect, LOCALES, test, type Screen } from '../support/test'

test('planted: a picture without words, faint letters, a missing text and a page too wide are found on a screen', async ({ demo, person, say }) => {
  const page = await (await person('phone')).newPage()
  await new ReportPage(page, say).open(demo.area)
  expect(await wrongWith(page)).toEqual([])
  const plants: [RegExp, () => unknown][] = [
    [/^critical image-alt/, () => document.querySelector('main')?.append(document.createElement('img'))],
    [/^serious color-contrast/, () => Object.assign(document.querySelector<HTMLElement>('#kinds legend')?.style ?? {}, { color: '#ddd', background: '#fff' })],
    [/^a text is missing: form\.answer/, () => document.querySelector('main')?.append('form.answer')],
    [/^scrolls sideways/, () => document.querySelector<HTMLElement>('#kinds legend')?.style.setProperty('width', '200vw')],
  ]
  for (const [found, plant] of plants) {
    await page.evaluate(plant)
    expect((await wrongWith(page)).filter((each) => found.test(each)), String(found)).toHaveLength(1)
  }
})

test('every picture that a page shows is there, and none that no page shows', () => {
  const there = readdirSync(DOCS).map((file) => file.replace(/\.png$/, ''))
  expect(there.sort()).toEqual([...SHOWN].sort())
})

for (const language of LOCALES) {
  test.describe(language, () => {
    test.use({ language })
    test.setTimeout(900_000)

    const walks: [string, (around: Surroundings) => AsyncGenerator<Stop>, Screen?][] = [
      ['public screens on the phone', (around) => publicScreens(around, 'phone')],
      ['public screens on the desk', (around) => publicScreens(around, 'desk')],
      ['pages without a script and a recorder on the phone', (around) => after(plainScreens(around, 'phone'), recorderScreens(around, 'phone'))],
      ['pages without a script and a recorder on the desk', (around) => after(plainScreens(around, 'desk'), recorderScreens(around, 'desk'))],
      ['phone', (around) => after(phoneScreens(around), gateScreens(around, 'phone'), weekScreen(around, 'phone'), waitingScreens(around)), 'phone'],
      ['desk', (around) => after(deskScreens(around), gateScreens(around, 'desk'), weekScreen(around, 'desk'), importScreens(around)), 'desk'],
    ]
    for (const [name, walk, app] of walks) {
      test(`${name}: no serious finding, no text missing, nothing too wide`, async ({ browser, demo, person, say }) => {
        const picture = await drawPicture(browser)
        if (name === 'phone') {
          // Somebody must have reported before the officer has something to let out.
          for await (const stop of publicScreens({ demo, say, language, person, picture }, 'phone')) if (stop.name === 'sent') break
        }
        const seen = new Set<string | undefined>()
        for await (const stop of walk({ demo, say, language, person, picture })) {
          if (app) seen.add(routeAt(app, stop.page.url()))
          await test.step(stop.name, () => look(stop, language))
        }
        const forgotten = app ? routesOf(app).filter((route) => !seen.has(route.name)) : []
        expect(forgotten, 'every screen of the app has a stop').toEqual([])
      })
    }
  })
}
