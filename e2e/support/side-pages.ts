// The screens beside a usual day: the gates before the apps, what waits without a network, alarms, an import, the
// recorder, an intake, and the pages for a browser without scripts.
import { expect, type Page } from '@playwright/test'
import { DeskApp } from '../pages/desk'
import { FollowPage } from '../pages/follow'
import { fillLogin } from '../pages/login'
import { PhoneApp } from '../pages/phone'
import { ReportPage } from '../pages/report'
import { settled, type Stop, type Surroundings } from './pages'
import { startDemo } from './server'
import type { Screen } from './test'

/** Somebody reports by name, in words that nobody else has used. */
async function reported({ demo, person, say, language }: Surroundings, danger = false): Promise<string> {
  const words = `${language === 'en' ? 'The hoist creaks' : '葫芦吊有异响'} ${Math.random().toString(36).slice(2, 8)}`
  const context = await person('phone')
  const report = new ReportPage(await context.newPage(), say)
  await report.open(demo.area)
  await report.choose('machine')
  await report.write(words)
  if (danger) await report.page.locator('label[for=danger]').click()
  await report.voice('named')
  await report.name('1003')
  await report.send()
  await expect(report.title).toHaveText(say('report:sent.received'))
  await expect(report.page.locator('#nothing-left')).toBeVisible()
  await context.close()
  return words
}

/** The gates of an app: a sign-in that comes back in vain, an invitation, the first start, and a missing second step. */
export async function* gateScreens(around: Surroundings, screen: Screen): AsyncGenerator<Stop> {
  const { person, say, language } = around
  const context = await person(screen)
  const page = await context.newPage()
  const stop = (name: string): Stop => ({ name: `${screen}-${name}`, screen, page })
  await page.goto('/login/from?code=unknown&state=unknown')
  await expect(page.getByRole('link', { name: say('shared:session.to_login') })).toBeVisible()
  await settled(page)
  yield stop('sign-in')
  await page.goto('/login/redeem#ABCD-EFGH')
  await expect(page.getByLabel(say('shared:session.new_password'))).toBeVisible()
  yield stop('redeem')
  await page.goto('/start/#ABCD-EFGH-JKMN-PQRS')
  await expect(page.locator('input[type=password]')).toBeVisible()
  yield stop('first')

  const [strict, end] = await startDemo(`gate-${screen}-${language}`, ['--second-step', '0'])
  await page.addInitScript((kept) => localStorage.setItem('hezuo.locale', kept), language)
  await page.goto(`${strict.base}/${screen}/`)
  await fillLogin(page, say, 'admin')
  await expect(page.getByRole('heading', { name: say('identity:identity.step_title') })).toBeVisible()
  await settled(page)
  yield stop('second-step-missing')
  await context.close()
  await end()
}

/** This week's agenda, which is where a team's secretary begins. */
export async function* weekScreen({ person, say, language }: Surroundings, screen: Screen): AsyncGenerator<Stop> {
  const context = await person(screen)
  const page = await context.newPage()
  await (screen === 'phone' ? new PhoneApp(page, say, language) : new DeskApp(page, say, language)).logIn('secretary')
  await expect(page).toHaveURL(/\/this-week$/)
  await expect(page.getByRole('link', { name: say('teams:team.all') })).toBeVisible()
  await settled(page)
  yield { name: `${screen}-this-week`, screen, page }
  await context.close()
}

/** What a phone app shows besides: a browser to let in, a decision that waits, and one that met a newer case. */
export async function* waitingScreens(around: Surroundings): AsyncGenerator<Stop> {
  const { person, say, language } = around
  const words = await reported(around)
  const away = await person('phone')
  const officer = new PhoneApp(await away.newPage(), say, language)
  const { page } = officer
  const stop = (name: string): Stop => ({ name: `phone-${name}`, screen: 'phone', page })
  await officer.logIn('officer')
  await page.goto('/phone/#/approve?code=ABCDEF')
  await expect(page.getByLabel(say('identity:approval.code_there'))).toBeVisible()
  await settled(page)
  yield stop('approve')
  await page.goto('/phone/')
  await settled(page)
  await officer.openCase(words)
  await settled(page)
  await officer.action('accept').click()
  const sheet = page.getByRole('dialog')
  await sheet.getByLabel(say('shared:form.answer')).fill(language === 'en' ? 'We grease it today.' : '今天就加油。')
  await away.setOffline(true)
  await sheet.getByRole('button', { name: say('shared:action.accept'), exact: true }).click()
  await expect(sheet).toBeHidden()
  await page.getByRole('link', { name: say('phone:waiting.count', { n: 1 }) }).click()
  await expect(page.getByText(say('phone:waiting.offline'))).toBeVisible()
  await expect(page.getByRole('heading', { name: say('shared:action.accept') })).toBeVisible()
  yield stop('waiting')

  const here = await person('phone')
  const other = new PhoneApp(await here.newPage(), say, language)
  await other.logIn('officer')
  await other.openCase(words)
  await other.accept(language === 'en' ? 'The fitter comes at two.' : '两点维修工来。')
  await expect(other.state('accepted')).toBeVisible()
  await here.close()
  await away.setOffline(false)
  await expect(page.getByRole('heading', { name: say('phone:waiting.theirs') })).toBeVisible({ timeout: 60_000 })
  await settled(page)
  yield stop('waiting-conflict')
  await page.getByRole('button', { name: say('phone:waiting.keep_theirs') }).click()
  await expect(page.getByText(say('phone:waiting.none'), { exact: true })).toBeVisible()
  yield stop('waiting-none')
  await away.close()
}

/** A file on its way in: its columns, the rows that can't be read, and what came of it. */
export async function* importScreens({ person, say, language }: Surroundings): AsyncGenerator<Stop> {
  const context = await person('desk')
  const admin = new DeskApp(await context.newPage(), say, language)
  const { page } = admin
  const stop = (name: string): Stop => ({ name: `desk-${name}`, screen: 'desk', page })
  await admin.logIn('admin')
  await page.goto('/desk/#/me/account')
  await settled(page)
  yield stop('own')
  await admin.go('imports')
  const rows = ['日期,经过,班次', '2023-03-05,手指被压伤,早班', '2023-13-40,脚扭伤,中班', '2022-01-09,铁屑入眼,早班']
  await page.locator('input[type=file]').setInputFiles({ name: 'walk.csv', mimeType: 'text/csv', buffer: Buffer.from(rows.join('\n')) })
  await expect(page.getByRole('heading', { level: 1, name: 'walk.csv' })).toBeVisible()
  await settled(page)
  yield stop('import-columns')
  await admin.button('desk:import.check').click()
  await expect(page.locator('.el-table__row').filter({ hasText: '2023-13-40' })).toBeVisible()
  await settled(page)
  yield stop('import-checked')
  await context.close()
}

/** A danger that rings on a phone, at a desk and on the wall, until somebody goes there. */
export async function* alarmScreens(around: Surroundings): AsyncGenerator<Stop> {
  const { person, say, language } = around
  const [phones, desks] = [await person('phone'), await person('desk')]
  const officer = new PhoneApp(await phones.newPage(), say, language)
  await officer.logIn('officer')
  const desk = new DeskApp(await desks.newPage(), say, language)
  await desk.logIn('officer')
  await reported(around, true)
  const ringing = (page: Page) => page.getByRole('alert').filter({ hasText: say('shared:alarm.step_1') })
  await expect(ringing(officer.page)).toBeVisible()
  await settled(officer.page)
  yield { name: 'phone-alarm', screen: 'phone', page: officer.page }
  await expect(ringing(desk.page)).toBeVisible()
  yield { name: 'desk-alarm', screen: 'desk', page: desk.page }
  await desk.go('board')
  await desk.page.getByRole('link', { name: say('boards:board.wall') }).click()
  await expect(ringing(desk.page)).toBeVisible()
  await settled(desk.page)
  yield { name: 'desk-wall-alarm', screen: 'desk', page: desk.page }
  await ringing(officer.page).getByRole('button', { name: say('shared:alarm.go') }).click()
  await expect(ringing(desk.page)).toHaveCount(0)
  await Promise.all([phones.close(), desks.close()])
}

/** The report page while a clip is recorded, and with the clip. */
export async function* recorderScreens({ demo, person, say }: Surroundings, screen: Screen): AsyncGenerator<Stop> {
  const context = await person(screen)
  await context.grantPermissions(['microphone'])
  const page = await context.newPage()
  await new ReportPage(page, say).open(demo.area)
  await page.getByRole('button', { name: say('report:clip.start') }).click()
  const end = page.getByRole('button', { name: say('report:js.clip_stop') })
  await expect(page.locator('#clip-note')).toHaveText(say('report:js.clip_left', { s: 59 }))
  yield { name: 'recording', screen, page }
  await end.click()
  await expect(page.locator('#played audio')).toBeVisible()
  yield { name: 'recorded', screen, page }
  await context.close()
}

/** A page on which no script of its own has run, though a test may look into it. */
class Plain {
  private constructor(
    readonly page: Page,
    private readonly turn: (isOff: boolean) => Promise<void>,
  ) {}

  static async of(page: Page): Promise<Plain> {
    const browser = await page.context().newCDPSession(page)
    const turn = async (value: boolean): Promise<void> => void (await browser.send('Emulation.setScriptExecutionDisabled', { value }))
    await turn(true)
    return new Plain(page, turn)
  }

  /** Lets axe in; it passes over what stands in `noscript`, which everybody sees here. */
  async shown(): Promise<void> {
    await this.turn(false)
    await this.page.evaluate(() => document.querySelectorAll('noscript').forEach((each) => each.replaceWith(...each.childNodes)))
  }

  async goOn(): Promise<void> {
    await this.turn(true)
  }
}

/** The form that needs no script, with something missing and sent, and the way back to the report. */
export async function* plainScreens({ demo, person, say }: Surroundings, screen: Screen): AsyncGenerator<Stop> {
  const context = await person(screen)
  const page = await context.newPage()
  const plain = await Plain.of(page)
  async function* stop(name: string): AsyncGenerator<Stop> {
    await plain.shown()
    yield { name: `plain-${name}`, screen, page }
    await plain.goOn()
  }
  const report = new ReportPage(page, say)
  await report.open(demo.area)
  await expect(page.locator('noscript p')).toBeVisible()
  yield* stop('report')
  await report.choose('idea')
  await report.voice('named')
  await report.send()
  await expect(report.problem).toBeVisible()
  yield* stop('report-missing')
  await report.voice('anonymous')
  await report.send()
  await expect(report.title).toHaveText(say('report:sent.received'))
  yield* stop('sent')
  const code = await report.code()
  const follow = new FollowPage(page, say)
  await follow.open()
  yield* stop('follow')
  await follow.ask('0000 0000 0000 0000 0000 0000')
  await expect(follow.problem).toBeVisible()
  yield* stop('follow-unknown')
  await follow.ask(code)
  await expect(follow.now).toBeVisible()
  yield* stop('follow-standing')
  await context.close()
}

/** The pages of an intake: the form, what was sent, and what became of it; and the factory's page that leads there. */
export async function* intakeScreens({ demo, person, say, picture }: Surroundings, screen: Screen): AsyncGenerator<Stop> {
  const context = await person(screen)
  const page = await context.newPage()
  const stop = (name: string): Stop => ({ name: `intake-${name}`, screen, page })
  const report = new ReportPage(page, say)
  await report.open(demo.area)
  yield stop('factory')
  await page.locator('a.elsewhere').click()
  await expect(page).toHaveURL((url) => url.origin === new URL(demo.anonymous).origin)
  yield stop('report')
  await report.choose('machine')
  await report.attach(picture)
  await expect(report.attached).toHaveCount(1)
  await report.send()
  await expect(report.title).toHaveText(say('report:sent.received'))
  const code = await report.code()
  await expect(page.locator('#nothing-left')).toBeVisible()
  yield stop('sent')
  await report.open(demo.anonymous)
  await page.getByRole('link', { name: say('report:promise.link') }).click()
  await expect(page.getByRole('heading', { name: say('report:promise.heading') })).toBeVisible()
  yield stop('promise')
  await page.goto(new URL('/f', demo.anonymous).href)
  const follow = new FollowPage(page, say)
  yield stop('follow')
  await follow.ask(code)
  await expect(follow.now).toBeVisible()
  yield stop('follow-standing')
  await context.close()
}

/** One walk after the other. */
export async function* after(...walks: AsyncGenerator<Stop>[]): AsyncGenerator<Stop> {
  for (const walk of walks) yield* walk
}
