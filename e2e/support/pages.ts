import { expect, type BrowserContext, type Page } from '@playwright/test'
import { fillLogin, speak } from '../pages/login'
import { MeetingPage } from '../pages/meeting'
import { PhoneApp } from '../pages/phone'
import { ReportPage } from '../pages/report'
import { DeskApp } from '../pages/desk'
import { quiet } from './quiet'
import { PASSWORD, type Demo } from './server'
import type { Screen } from './test'
import type { Locale, Say } from './words'

/** What the way to a screen needs. */
export interface Surroundings {
  demo: Demo
  say: Say
  language: Locale
  person: (screen: Screen) => Promise<BrowserContext>
  picture: Buffer
}

/** A screen that has a name, and the way to it. */
export interface Stop {
  name: string
  screen: Screen
  page: Page
}

/** Waits until a screen shows what it has to show. */
export async function settled(page: Page): Promise<void> {
  await quiet(page)
  await expect(page.locator('[aria-busy=true], .wait')).toHaveCount(0)
  await expect(page.getByRole('main')).toContainText(/\S/)
}

/** Walks past every public screen: report, sent, waiting, follow-up, factory code. */
export async function* publicScreens(around: Surroundings, screen: Screen): AsyncGenerator<Stop> {
  const { demo, say, picture } = around
  const context = await around.person(screen)
  const page = await context.newPage()
  const stop = (name: string): Stop => ({ name, screen, page })
  const report = new ReportPage(page, say)
  await report.open(demo.machine)
  yield stop('report')
  await page.locator('label[for=danger]').click()
  await report.send()
  await expect(report.problem).toBeVisible()
  yield stop('report-danger-and-missing')
  await page.locator('label[for=danger]').click()
  await report.choose('machine')
  await report.write(around.language === 'en' ? 'The guard of press 2 has come off' : '2号冲床的防护罩掉了')
  await report.attach(picture)
  await expect(report.attached).toHaveCount(1)
  yield stop('report-filled')
  await page.getByRole('button', { name: say('report:js.hide_in', { n: 1 }) }).click()
  const tool = page.getByRole('dialog', { name: say('report:js.hide') })
  await expect(tool.getByRole('application')).toBeFocused()
  yield stop('report-hide')
  await tool.getByRole('button', { name: say('report:js.hide_cancel') }).click()
  await report.voice('named')
  yield stop('report-named')
  await report.voice('anonymous')
  await report.send()
  await expect(report.title).toHaveText(say('report:sent.received'))
  const code = await report.code()
  await expect(page.locator('#nothing-left')).toBeVisible()
  yield stop('sent')
  await report.another()
  await context.setOffline(true)
  await report.choose('fall')
  await report.send()
  await expect(report.title).toHaveText(say('report:js.saved'))
  yield stop('saved')
  await report.another()
  await expect(report.waiting).toBeVisible()
  yield stop('waiting')
  await context.setOffline(false)
  await expect(report.waiting).toBeHidden({ timeout: 30_000 })
  await page.goto('/f')
  yield stop('follow')
  await page.getByLabel(say('report:follow.label')).fill('0000 0000 0000 0000 0000 0000')
  await page.getByRole('button', { name: say('report:follow.show') }).click()
  await expect(page.locator('#problem')).toBeVisible()
  yield stop('follow-unknown')
  await page.getByLabel(say('report:follow.label')).fill(code)
  await page.getByRole('button', { name: say('report:follow.show') }).click()
  await expect(page.locator('.ladder')).toBeVisible()
  yield stop('follow-standing')
  await report.open(demo.area)
  await page.getByRole('link', { name: say('report:posted.link') }).click()
  await expect(page.getByRole('heading', { name: say('report:posted.heading') })).toBeVisible()
  yield stop('posted')
  await report.open(demo.area)
  await page.getByRole('link', { name: say('report:promise.link') }).click()
  await expect(page.getByRole('heading', { name: say('report:promise.heading') })).toBeVisible()
  yield stop('promise')
  await page.goto('/r')
  yield stop('factory-code')
  await context.close()
}

/** The first steps of a factory. */
const STEPS = ['factory', 'areas', 'persons', 'team', 'labels', 'report'] as const

/** Walks past every screen of the phone app. */
export async function* phoneScreens(around: Surroundings): AsyncGenerator<Stop> {
  const { say, language } = around
  const context = await around.person('phone')
  const page = await context.newPage()
  const stop = (name: string): Stop => ({ name: `phone-${name}`, screen: 'phone', page })
  await page.goto('/phone/')
  await expect(page.getByLabel(say('shared:session.login'))).toBeVisible()
  yield stop('login')
  await fillLogin(page, say, 'officer', 'wrong-password')
  await expect(page.getByText(say('problems:session.wrong_password'))).toBeVisible()
  yield stop('login-wrong')
  await page.goto('/login/redeem#ABCD-EFGH')
  await expect(page.getByLabel(say('shared:session.new_password'))).toBeVisible()
  yield stop('redeem')

  const officer = new PhoneApp(page, say, language)
  await officer.logIn('officer')
  await settled(page)
  yield stop('triage')
  await officer.intake.getByRole('button', { name: say('shared:intake.release') }).click()
  yield stop('release')
  await page.getByRole('dialog').getByRole('button', { name: say('shared:intake.release') }).click()
  await expect(page.getByRole('dialog')).toBeHidden()
  await officer.openCase(language === 'en' ? 'The guard of press 2' : '2号冲床的防护罩')
  await settled(page)
  yield stop('case-new')
  for (const action of ['accept', 'grade', 'decline', 'refer', 'merge'] as const) {
    await officer.action(action).click()
    await settled(page)
    yield stop(`case-${action}`)
    await page.keyboard.press('Escape')
    await expect(page.getByRole('dialog')).toBeHidden()
  }
  await officer.accept(language === 'en' ? 'Thank you. We fit it again today.' : '谢谢，今天就装回去。')
  await settled(page)
  await officer.action('plan').click()
  await settled(page)
  yield stop('case-plan')
  await page.keyboard.press('Escape')
  await officer.action('fixed_on_the_spot').click()
  yield stop('case-finish')
  await page.keyboard.press('Escape')
  await officer.page.goBack()
  await officer.tab('open')
  await settled(page)
  yield stop('open')
  await officer.tab('mine')
  await settled(page)
  yield stop('mine')
  await officer.tab('teams')
  await settled(page)
  yield stop('teams')
  yield* projectScreens(page, say, stop, 'phone')
  await officer.page.goto('/phone/')
  await officer.tab('teams')
  await settled(page)
  yield* meetingScreens(new MeetingPage(page, say, 'phone'), stop)
  await context.close()

  const again = await around.person('phone')
  const self = new PhoneApp(await again.newPage(), say, language)
  await self.logIn('officer')
  await self.tab('me')
  yield { name: 'phone-me', screen: 'phone', page: self.page }
  await self.page.locator('a[href$="/me/account"]').click()
  await settled(self.page)
  yield { name: 'phone-own', screen: 'phone', page: self.page }
  await self.page.getByRole('button', { name: say('identity:identity.set_up'), exact: true }).click()
  const setUp = self.page.locator('dialog[open]')
  await setUp.getByLabel(say('shared:own.old_password')).fill(PASSWORD)
  await setUp.getByRole('button', { name: say('identity:identity.go_on') }).click()
  await expect(setUp.locator('svg[role=img]')).toBeVisible()
  yield { name: 'phone-second-step', screen: 'phone', page: self.page }
  await setUp.getByRole('button', { name: say('shared:ui.close') }).click()
  await self.page.locator('.bell').click()
  await settled(self.page)
  yield { name: 'phone-notices', screen: 'phone', page: self.page }
  await again.close()

  const first = await around.person('phone')
  const admin = new PhoneApp(await first.newPage(), say, language)
  await admin.page.goto('/start/#ABCD-EFGH-JKMN-PQRS')
  await expect(admin.page.locator('input[type=password]')).toBeVisible()
  yield { name: 'phone-first', screen: 'phone', page: admin.page }
  await admin.logIn('admin')
  await admin.tab('start')
  await settled(admin.page)
  yield { name: 'phone-start', screen: 'phone', page: admin.page }
  for (const step of STEPS) {
    await admin.page.locator(`a[href$="/start/${step}"]`).click()
    await settled(admin.page)
    yield { name: `phone-start-${step}`, screen: 'phone', page: admin.page }
    await admin.page.getByRole('link', { name: say('shared:start.all_steps') }).click()
    await settled(admin.page)
  }
  await first.close()

  const cashier = await around.person('phone')
  const representative = new PhoneApp(await cashier.newPage(), say, language)
  await representative.logIn('rep')
  await settled(representative.page)
  yield { name: 'phone-confided', screen: 'phone', page: representative.page }
  await representative.page.locator('a[href$="/apart"]').click()
  await settled(representative.page)
  yield { name: 'phone-apart', screen: 'phone', page: representative.page }
  await representative.page.locator('a[href*="/apart/"]').first().click()
  await settled(representative.page)
  yield { name: 'phone-apart-one', screen: 'phone', page: representative.page }
  await representative.page.getByRole('button', { name: say('phone:apart.do_hand_on'), exact: true }).click()
  await expect(representative.page.getByLabel(say('phone:apart.own_words'), { exact: false })).toBeVisible()
  yield { name: 'phone-apart-hand-on', screen: 'phone', page: representative.page }
  await representative.page.goto('/phone/#/me')
  await representative.page.locator('a[href$="/accounts"]').click()
  await settled(representative.page)
  yield { name: 'phone-accounts', screen: 'phone', page: representative.page }
  await representative.page.getByRole('button', { name: say('shared:accounts.agree') }).click()
  await expect(representative.page.getByLabel(say('shared:accounts.own_password'))).toBeVisible()
  yield { name: 'phone-accounts-agree', screen: 'phone', page: representative.page }
  await representative.page.goto('/phone/')
  await settled(representative.page)
  await representative.tab('pay_out')
  await settled(representative.page)
  yield { name: 'phone-pay-out', screen: 'phone', page: representative.page }
  await cashier.close()

  const abroad = await around.person('phone')
  const inspector = new PhoneApp(await abroad.newPage(), say, language)
  await inspector.logIn('inspector')
  await settled(inspector.page)
  yield { name: 'phone-factories', screen: 'phone', page: inspector.page }
  await inspector.page.locator('a.factory').first().click()
  await settled(inspector.page)
  yield { name: 'phone-board', screen: 'phone', page: inspector.page }
  await inspector.page.locator('a[data-test=list]').first().click()
  await settled(inspector.page)
  yield { name: 'phone-counted', screen: 'phone', page: inspector.page }
  await abroad.close()
}

/** Walks past the screens of improvement projects, from the page that leads to them. */
async function* projectScreens(page: Page, say: Say, stop: (name: string) => Stop, screen: Screen): AsyncGenerator<Stop> {
  await page.getByRole('link', { name: say(`${screen}:nav.projects`), exact: true }).click()
  await settled(page)
  yield stop('projects')
  const back = page.url()
  const show = async (state: string) => {
    await page.goto(back)
    await settled(page)
    if (screen === 'phone') await page.locator(`nav.tabs a[href$="state=${state}"]`).click()
    const column = page.getByRole('region', { name: say(`projects:project_state.${state}`), exact: true })
    await column.locator('a.project').last().click()
    await expect(page.getByRole('heading', { name: say('projects:project.money') })).toBeVisible()
    await settled(page)
  }
  await show('under_way')
  yield stop('project')
  await page.locator('article.saving button').last().click()
  await expect(page.getByRole('dialog')).toBeVisible()
  yield stop('project-saving')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await show('verified')
  yield stop('project-verified')
  await page.goto(back)
  await settled(page)
  await page.getByRole('link', { name: say('projects:project.new') }).click()
  await expect(page.getByLabel(say('projects:project.title'))).toBeVisible()
  await settled(page)
  yield stop('project-new')
}

/** Walks past the screens of a meeting, from its agenda to its minutes. */
async function* meetingScreens(meeting: MeetingPage, stop: (name: string) => Stop): AsyncGenerator<Stop> {
  const { page } = meeting
  await meeting.openAgenda()
  await settled(page)
  yield stop('agenda')
  await meeting.begin()
  await meeting.showPeople()
  await meeting.tap('李红')
  await settled(page)
  yield stop('meeting')
  await meeting.collect()
  await settled(page)
  yield stop('ideas')
  // Of its own each time: several walks may meet in one factory.
  const idea = `安全帽挂在门口 Helmets at the door ${Math.random().toString(36).slice(2, 7)}`
  await meeting.note(idea)
  yield stop('ideas-noted')
  await meeting.saveIdeas(1)
  const sheet = await meeting.choose(idea, 'accept')
  await sheet.locator('input[type=checkbox]').check()
  await settled(page)
  yield stop('meeting-accept')
  await sheet.locator('input[type=checkbox]').uncheck()
  await sheet.locator('textarea').first().fill('好 Yes')
  await meeting.decide('accept')
  yield stop('meeting-decided')
  await meeting.write()
  await meeting.close()
  await settled(page)
  yield stop('minutes')
}

/** Walks past every screen of the desk. */
export async function* deskScreens(around: Surroundings): AsyncGenerator<Stop> {
  const { say, language } = around
  const open = async (login: string): Promise<[DeskApp, BrowserContext]> => {
    const context = await around.person('desk')
    const desk = new DeskApp(await context.newPage(), say, language)
    await desk.logIn(login)
    await settled(desk.page)
    return [desk, context]
  }
  const gate = await around.person('desk')
  const outside = await gate.newPage()
  await outside.goto('/desk/')
  await expect(outside.getByLabel(say('shared:session.login'))).toBeVisible()
  yield { name: 'desk-login', screen: 'desk', page: outside }
  await outside.goto('/desk/#/ui')
  await expect(outside.getByRole('heading', { level: 1 })).toBeVisible()
  await speak(outside, language)
  yield { name: 'desk-ui', screen: 'desk', page: outside }
  await gate.close()

  const [officer, first] = await open('officer')
  const stop = (desk: DeskApp, name: string): Stop => ({ name: `desk-${name}`, screen: 'desk', page: desk.page })
  yield stop(officer, 'cases-triage')
  await officer.go('board')
  await settled(officer.page)
  yield stop(officer, 'board')
  await officer.page.getByRole('link', { name: say('boards:board.wall') }).click()
  await settled(officer.page)
  yield stop(officer, 'wall')
  await officer.page.getByRole('button', { name: say('boards:board.dark') }).click()
  yield stop(officer, 'wall-dark')
  await officer.page.getByRole('link', { name: say('shared:ui.back') }).click()
  await officer.go('cases')
  await settled(officer.page)
  yield stop(officer, 'cases')
  await officer.queue('all')
  await settled(officer.page)
  yield stop(officer, 'cases-all')
  const search = officer.page.getByLabel(say('shared:search.label'))
  await search.fill('Kolibri')
  await search.press('Enter')
  await expect(officer.page.getByText(say('shared:search.none'))).toBeVisible()
  yield stop(officer, 'cases-none-found')
  await officer.page.getByRole('button', { name: say('shared:search.clear') }).click()
  await settled(officer.page)
  await officer.queue('ended')
  await settled(officer.page)
  await officer.page.locator('.el-table__row').filter({ hasText: say('shared:state.verified') }).first().click()
  await expect(officer.page.getByRole('heading', { name: say('shared:case.decide') })).toBeVisible()
  await settled(officer.page)
  yield stop(officer, 'case')
  await officer.go('teams')
  await settled(officer.page)
  yield stop(officer, 'teams')
  yield* meetingScreens(new MeetingPage(officer.page, say, 'desk'), (name) => stop(officer, name))
  await officer.page.locator('.bell').click()
  await settled(officer.page)
  yield stop(officer, 'notices')
  await officer.page.getByRole('link', { name: '顾永明' }).click()
  await expect(officer.page).toHaveURL(/#\/me$/)
  await settled(officer.page)
  yield stop(officer, 'me')
  await first.close()

  const [leader, register] = await open('leader')
  await leader.go('rewards')
  await settled(leader.page)
  yield stop(leader, 'rewards')
  await leader.page.locator('.line a').first().click()
  await expect(leader.button('shared:reward.approve')).toBeVisible()
  await settled(leader.page)
  yield stop(leader, 'case-reward')
  await leader.go('rewards')
  await leader.page.getByRole('link', { name: say('desk:rewards.view.approved'), exact: true }).click()
  await settled(leader.page)
  yield stop(leader, 'rewards-approved')
  yield* projectScreens(leader.page, say, (name) => stop(leader, name), 'desk')
  await leader.go('board')
  await leader.page.locator('a[data-test=projects]').first().click()
  await expect(leader.page.locator('[data-test=counted]')).toBeVisible()
  await settled(leader.page)
  yield stop(leader, 'projects-counted')
  await register.close()

  const [chair, front] = await open('leader')
  await chair.go('teams')
  await settled(chair.page)
  await chair.button('teams:team.add_member').first().click()
  await settled(chair.page)
  yield stop(chair, 'teams-member')
  await chair.close()
  await front.close()

  const [county, office] = await open('county')
  yield stop(county, 'region')
  await county.page.locator('a[data-test=total]').nth(7).click()
  await settled(county.page)
  yield stop(county, 'factories')
  await office.close()

  const [visitor, road] = await open('inspector')
  await visitor.page.getByRole('link', { name: say('oversight:oversight.cases') }).click()
  await expect(visitor.page.locator('.cases li').first()).toBeVisible()
  yield stop(visitor, 'region-cases')
  await road.close()

  const [admin, second] = await open('admin')
  yield stop(admin, 'health')
  for (const name of ['places', 'persons', 'users', 'accounts', 'imports'] as const) {
    await admin.go(name)
    await settled(admin.page)
    yield stop(admin, name)
  }
  await admin.go('rhythm')
  await settled(admin.page)
  yield stop(admin, 'notice-settings')
  await admin.go('start')
  await settled(admin.page)
  yield stop(admin, 'start')
  for (const step of STEPS) {
    await admin.page.locator(`a[href$="/start/${step}"]`).click()
    await settled(admin.page)
    yield stop(admin, `start-${step}`)
    await admin.page.getByRole('link', { name: say('shared:start.all_steps') }).click()
    await settled(admin.page)
  }
  await admin.go('users')
  await admin.button('desk:users.invite').click()
  yield stop(admin, 'users-invite')
  await admin.close()
  await admin.page.getByRole('link', { name: say('desk:nav.keys') }).click()
  await settled(admin.page)
  yield stop(admin, 'keys')
  await admin.button('desk:devices.make').click()
  await admin.page.getByLabel(say('desk:devices.name')).fill('Directory')
  yield stop(admin, 'keys-make')
  await admin.page.locator('dialog[open]').getByRole('button', { name: say('desk:devices.make') }).click()
  await admin.page.locator('[data-test=key]').waitFor()
  await admin.close()
  yield stop(admin, 'keys-made')
  await admin.go('places')
  await admin.button('desk:places.add_area').first().click()
  yield stop(admin, 'places-add')
  await admin.close()
  const labels = await admin.labels()
  yield { name: 'labels', screen: 'desk', page: labels }
  await second.close()

  const [bureau, third] = await open('bureau')
  yield stop(bureau, 'enterprises')
  await bureau.button('desk:factory.add').click()
  await settled(bureau.page)
  yield stop(bureau, 'enterprises-add')
  await third.close()
}
