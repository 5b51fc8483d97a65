// From an empty folder to the first verified case: nobody is there but who started the server.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Page } from '@playwright/test'
import { PhoneApp } from '../pages/phone'
import { ReportPage } from '../pages/report'
import { drawPicture } from '../support/picture'
import { binary } from '../support/server'
import { watchRequests } from '../support/quiet'
import { expect, LOCALES, SCREENS, test as base, type Say } from '../support/test'

const PASSWORD = 'three quiet looms'
const WORDS = {
  'zh-CN': {
    name: '沈洁', factory: '南浔织造厂', areas: [['织布车间', '24'], ['仓库', '6']], position: '织布工', department: '染色车间', people: ['王伟', '李娜', '赵强'],
    header: '序号,姓名,工号,岗位,车间', seen: '测试：3号织机的灯坏了', declined: '这是一次测试，谢谢。', real: '通道上有油', answer: '谢谢，今天就清理。', fixed: '已经擦干净', checked: '现场看过，是干的',
  },
  en: {
    name: 'Shen Jie', factory: 'Nanxun Looms', areas: [['Weaving', '24'], ['Store', '6']], position: 'Weaver', department: 'Dyeing', people: ['Wang Wei', 'Li Na', 'Zhao Qiang'],
    header: 'No.,Name,Staff number,Position,Department', seen: 'Test: the lamp of loom 3 is broken', declined: 'This was a test, thank you.', real: 'Oil on the passage', answer: 'Thank you, we clean it today.', fixed: 'Wiped up', checked: 'I looked, it is dry',
  },
}

interface Empty {
  base: string
  link: string
  data: string
}

async function started(server: ChildProcess): Promise<Omit<Empty, 'data'>> {
  if (!server.stdout) throw new Error('the server has no output')
  let base = ''
  let link = ''
  for await (const line of createInterface({ input: server.stdout })) {
    base ||= /^Hezuo listens on (http:\S+)/.exec(line)?.[1] ?? ''
    link ||= /(http:\S+\/start\/#\S+)/.exec(line)?.[1] ?? ''
    if (base && link) break
  }
  server.stdout.resume()
  return { base, link }
}

/** A server of its own over an empty folder. */
const test = base.extend<{ empty: Empty }>({
  empty: async ({}, use) => {
    const data = await mkdtemp(join(tmpdir(), 'hezuo-first-'))
    const env = { ...process.env, HEZUO_DATA: data, HEZUO_LISTEN: '127.0.0.1:0' }
    const server = spawn(binary(), ['serve'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(server, 'exit')
    await use({ ...(await started(server)), data })
    server.kill('SIGTERM')
    await ended
    await rm(data, { recursive: true, force: true })
  },
})

/** The heading of a step, on either screen. */
async function onStep(page: Page, say: Say, step: string): Promise<void> {
  await expect(page.getByRole('heading', { name: say(`shared:start.step.${step}` as never), exact: true })).toBeVisible()
  await expect(page.locator('.wait')).toHaveCount(0)
}

for (const language of LOCALES) {
  for (const screen of ['desk', 'phone'] as const) {
    test.describe(`${language} ${screen}`, () => {
      test.use({ language })

      test('an empty folder becomes a factory with a verified case', async ({ browser, empty, say }) => {
        test.setTimeout(240_000)
        const words = WORDS[language]
        const person = async (which: keyof typeof SCREENS) => {
          const context = await browser.newContext({ ...SCREENS[which], locale: language, baseURL: empty.base })
          watchRequests(context)
          return context
        }
        const page = await (await person(screen)).newPage()
        const button = (key: Parameters<Say>[0], values?: Parameters<Say>[1]) => page.getByRole('button', { name: say(key, values), exact: true })
        const field = (key: Parameters<Say>[0]) => page.getByRole('main').getByLabel(say(key), { exact: false }).first()

        await test.step('a newer link ends the one that the server printed', async () => {
          const { stdout } = await promisify(execFile)(binary(), ['user', 'first-link'], { env: { ...process.env, HEZUO_DATA: empty.data } })
          const newer = /\/start\/#(\S+)/.exec(stdout)?.[1] ?? ''
          expect(newer).not.toBe('')
          await page.goto(empty.link)
          const fill = async () => {
            await field('shared:start.your_name').fill(words.name)
            await field('shared:session.login').fill('shen.jie')
            await page.locator('input[type=password]').fill(PASSWORD)
            await button('shared:start.first_go').click()
          }
          await fill()
          await expect(page.getByText(say('problems:start.unusable'))).toBeVisible()
          await page.goto('about:blank')
          await page.goto(`${empty.base}/start/#${newer}`)
          await fill()
          await expect(page.getByText(say('shared:start.intro', { done: 0, all: 6 }))).toBeVisible()
        })

        const home = new URL(page.url()).hash.split('/')[2]
        await test.step('the factory', async () => {
          await page.locator('a[aria-current=step]').click()
          await onStep(page, say, 'factory')
          await field('shared:start.factory_name').fill(words.factory)
          await field('shared:region.province').selectOption('330000')
          await field('shared:region.city').selectOption('330500')
          await field('shared:region.county').selectOption('330503')
          await field('shared:start.phone').fill('0572-119')
          await button('shared:start.save_next').click()
        })

        await test.step('areas, left in the middle and taken up again', async () => {
          await onStep(page, say, 'areas')
          for (const [name, heads] of words.areas as [string, string][]) {
            await field('shared:start.area_name').fill(name)
            await page.locator('form').last().getByLabel(say('shared:start.heads'), { exact: false }).fill(heads)
            await button('shared:start.add_area').click()
            await expect(page.getByRole('listitem').filter({ hasText: name })).toBeVisible()
          }
          await page.goto('about:blank')
          await page.goto(`/${screen}/#/e/${home}/start`)
          await expect(page.getByText(say('shared:start.intro', { done: 2, all: 6 }))).toBeVisible()
          await page.locator('a[aria-current=step]').click()
        })

        await test.step('people from a list with an area that is new and a row that cannot be used', async () => {
          await onStep(page, say, 'persons')
          const rows = words.people.map((name, at) => `${at + 1},${name},100${at},${words.position},${at === 2 ? words.department : words.areas[0]?.[0]}`)
          const buffer = Buffer.from([words.header, ...rows, '4,,1009,,'].join('\n'))
          await page.locator('input[type=file]').setInputFiles({ name: 'staff.csv', mimeType: 'text/csv', buffer })
          await expect(page.getByText(say('shared:start.list_areas', { names: words.department }))).toBeVisible()
          await button('shared:start.list_add_areas', { n: 1 }).click()
          await expect(page.getByText(say('problems:import.row.missing'))).toBeVisible()
          await button('shared:start.list_take', { n: 3 }).click()
          await expect(page.getByRole('heading', { name: say('shared:start.persons_there', { n: 4 }) })).toBeVisible()
          await button('shared:start.next').click()
        })

        const codes: string[] = []
        await test.step('the team, and a part for the administrator', async () => {
          await onStep(page, say, 'team')
          for (const at of [0, 1]) {
            const id = await field('shared:start.who').locator('option').filter({ hasText: words.people[at] ?? '' }).getAttribute('value')
            await field('shared:start.who').selectOption(id)
            await expect(field('shared:session.login')).toHaveValue(`100${at}`)
            await button('shared:start.make_code').click()
            await expect(page.locator('.slip')).toHaveCount(at + 1)
            codes.push((await page.locator('.slip .code').nth(at).textContent()) ?? '')
          }
          await field('shared:start.my_part').selectOption('safety_officer')
          await expect(page.getByText(say('shared:start.done'), { exact: true })).toBeVisible()
          await button('shared:start.next').click()
        })

        await test.step('labels', async () => {
          await onStep(page, say, 'labels')
          const opened = page.waitForEvent('popup')
          await page.getByRole('link', { name: say('shared:start.labels_open', { n: 3 }) }).click()
          const sheet = await opened
          await expect(sheet.locator('svg').first()).toBeVisible()
          await sheet.close()
          await button('shared:start.labels_hang').click()
          await button('shared:start.next').click()
        })

        await test.step('a test report arrives and is declined with an answer', async () => {
          await onStep(page, say, 'report')
          const opened = page.waitForEvent('popup')
          await page.locator('a.open').first().click()
          const report = new ReportPage(await opened, say)
          await report.choose('electric')
          await report.write(words.seen)
          await report.voice('named')
          await report.name(words.people[2] ?? '')
          await report.send()
          await report.code()
          await expect(report.title).toHaveText(say('report:sent.received'))
          await report.page.close()
          await page.getByRole('link', { name: words.seen }).click()
          await page.getByRole('button', { name: say('shared:action.decline'), exact: true }).click()
          const asked = page.getByRole('dialog')
          await asked.getByLabel(say('shared:form.answer')).fill(words.declined)
          await asked.getByRole('button', { name: say('shared:action.decline'), exact: true }).click()
          await expect(asked).toBeHidden()
          await page.goto(`/${screen}/#/e/${home}/start`)
          await expect(page.getByText(say('shared:start.ready'))).toBeVisible()
        })

        await test.step('the first real case is answered, fixed and verified by two who came in with their slips', async () => {
          const worker = new ReportPage(await (await person('phone')).newPage(), say)
          const places = await page.evaluate(async (path) => (await fetch(path)).json(), `/api/v1/enterprises/${home}/places`)
          await worker.page.goto(places.sites[0].areas[0].report_url)
          await worker.choose('fall')
          await worker.write(words.real)
          await worker.voice('named')
          await worker.name(words.people[2] ?? '')
          await worker.send()
          await worker.code()
          await expect(worker.title).toHaveText(say('report:sent.received'))

          const team = [] as PhoneApp[]
          for (const code of codes) {
            const own = await (await person('phone')).newPage()
            await own.goto(`/login/redeem/#${code}`)
            await own.locator('input[type=password]').fill(PASSWORD)
            await own.getByRole('button', { name: say('shared:session.redeem'), exact: true }).click()
            await expect(own.locator('.van-tabbar')).toBeVisible()
            team.push(new PhoneApp(own, say, language))
          }
          const [leader, secretary] = team as [PhoneApp, PhoneApp]
          await leader.tab('open')
          await leader.openCase(words.real)
          await leader.accept(words.answer)
          await leader.fixOnTheSpot(words.fixed, await drawPicture(browser))
          await secretary.tab('open')
          await secretary.openCase(words.real)
          await secretary.verify(words.checked)
          await expect(secretary.state('verified')).toBeVisible()
        })
      })
    })
  }
}
