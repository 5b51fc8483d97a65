// The screens that need a server with an intake, and those on which a danger rings.
import { look } from '../support/look'
import { drawPicture } from '../support/picture'
import { after, alarmScreens, intakeScreens } from '../support/side-pages'
import { LOCALES, test } from '../support/test'

test.use({ options: ['--intake-listen', '127.0.0.1:0'] })

for (const language of LOCALES) {
  test.describe(language, () => {
    test.use({ language })
    test.setTimeout(240_000)

    test('intake and alarm: no serious finding, no text missing, nothing too wide', async ({ browser, demo, person, say }) => {
      const around = { demo, say, language, person, picture: await drawPicture(browser) }
      const walk = after(intakeScreens(around, 'phone'), intakeScreens(around, 'desk'), alarmScreens(around))
      for await (const stop of walk) await test.step(stop.name, () => look(stop, language))
    })
  })
}
