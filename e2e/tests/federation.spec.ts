// Signing in through an organisation's own service: a real one, in a real browser, from the button to the roles.
import type { BrowserContext, Page } from '@playwright/test'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLIENT, freePort, startSignInService, type SignInService } from '../support/provider'
import { PASSWORD, startDemo } from '../support/server'
import { expect, test as base, type Say } from '../support/test'

/** The word by which a factory of the demo is known. */
async function shortCode(name: string): Promise<string> {
  const [demo, stop] = await startDemo(name)
  const headers = { 'Content-Type': 'application/json' }
  const answer = await fetch(`${demo.base}/api/v1/session`, { method: 'POST', headers, body: JSON.stringify({ login: 'admin', password: PASSWORD }) })
  const { home } = (await answer.json()) as { home: { short_code: string } }
  await stop()
  return home.short_code
}

const test = base.extend<object, { service: SignInService; demo: Awaited<ReturnType<typeof startDemo>>[0] }>({
  service: [
    async ({}, use) => {
      const port = await freePort()
      const service = await startSignInService(`http://127.0.0.1:${port}/login/from/`)
      await use(Object.assign(service, { port }))
      await service.stop()
    },
    { scope: 'worker' },
  ],
  demo: [
    async ({ service }, use, worker) => {
      const { port } = service as SignInService & { port: number }
      const folder = await mkdtemp(join(tmpdir(), 'hezuo-sign-in-'))
      await writeFile(join(folder, 'secret'), service.secret)
      const lines = [
        `public_url = "http://127.0.0.1:${port}"`,
        '[[sign_in]]',
        'id = "works"',
        'name_zh = "华新账号"',
        'name_en = "Works account"',
        `issuer = "${service.issuer}"`,
        `client_id = "${CLIENT}"`,
        `client_secret_file = "${join(folder, 'secret')}"`,
        `enterprise = "${await shortCode(`sign-in-look-${worker.workerIndex}`)}"`,
        'create = true',
        'role_claim = "groups"',
        'roles = [{ value = "safety", role = "safety_officer" }, { value = "team", role = "eit_member" }]',
      ]
      const config = join(folder, 'hezuo.toml')
      await writeFile(config, lines.join('\n'))
      const [demo, stop] = await startDemo(`sign-in-${worker.workerIndex}`, ['--config', config, '--listen', `127.0.0.1:${port}`])
      await use(demo)
      await stop()
      await rm(folder, { recursive: true })
    },
    { scope: 'worker', timeout: 90_000 },
  ],
})

/** From the button of the login page to the page that comes back. */
async function signIn(page: Page, login: string): Promise<void> {
  await page.goto('/desk/#/login')
  await page.locator('[data-test=providers]').getByRole('button').click()
  await page.getByPlaceholder('Enter any login').fill(login)
  await page.getByPlaceholder('and password').fill('anything')
  await page.getByRole('button', { name: 'Sign-in' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.waitForURL(/\/desk\//)
}

async function session(context: BrowserContext): Promise<{ status: number; name: string; roles: string[] }> {
  const answer = await context.request.get('/api/v1/session')
  const body = (await answer.json()) as { name: string; roles?: { role: string }[] }
  return { status: answer.status(), name: body.name, roles: body.roles?.map((each) => each.role) ?? [] }
}

const problem = (say: Say, code: string) => say(`problems:${code}`)

test('whoever the service knows signs in with the roles that it names', async ({ service, person, say }) => {
  service.groups.set('fixer', ['safety'])
  const context = await person('desk')
  const page = await context.newPage()
  await signIn(page, 'fixer')
  await expect(page).toHaveURL(/\/desk\/#\/e\//)
  expect((await session(context)).roles).toEqual(['safety_officer'])
  // Nothing of the attempt stays in the address, and its cookie is gone.
  expect(page.url()).not.toContain('code=')
  const names = (await context.cookies()).map((each) => each.name)
  expect(names).not.toContain('hezuo-sign-in')

  // Our session ends here; the service's is its own.
  await context.request.delete('/api/v1/session')
  expect((await session(context)).status).toBe(401)

  service.groups.set('newcomer', ['team'])
  const other = await person('desk')
  await signIn(await other.newPage(), 'newcomer')
  await expect.poll(async () => (await session(other)).roles).toEqual(['eit_member'])
  expect((await session(other)).name).toBe('newcomer of the works')

  // Who reads what is said in confidence does not come in this way, whatever the service says.
  service.groups.set('rep', ['safety'])
  const third = await person('desk')
  const refused = await third.newPage()
  await signIn(refused, 'rep')
  await expect(refused.getByRole('alert')).toContainText(problem(say, 'sign_in.own_password'))
  expect((await session(third)).status).toBe(401)
  const fourth = await person('phone')
  const stranger = await fourth.newPage()
  await stranger.setViewportSize({ width: 1000, height: 800 })
  await signIn(stranger, 'stranger')
  await expect(stranger.getByRole('alert')).toContainText(problem(say, 'sign_in.no_role'))
})

test('an answer is good once, in the browser that asked, and not when it was made up', async ({ service, person, say }) => {
  service.groups.set('secretary', ['team'])
  const context = await person('desk')
  const page = await context.newPage()
  const returned = page.waitForRequest((request) => request.url().includes('/login/from/?'))
  await signIn(page, 'secretary')
  await expect.poll(async () => (await session(context)).roles).toEqual(['eit_member'])
  const address = (await returned).url()
  expect(address).toContain('code=')

  const again = problem(say, 'sign_in.again')
  const other = await (await person('desk')).newPage()
  for (const url of [address, `/login/from/?code=made-up&state=made-up`]) {
    await other.goto('about:blank')
    await other.goto(url)
    await expect(other.getByRole('alert')).toContainText(again)
  }
  await page.goto('about:blank')
  await page.goto(address)
  await expect(page.getByRole('alert')).toContainText(again)

  // A locked login stays out.
  const admin = await person('desk')
  await admin.request.post('/api/v1/session', { data: { login: 'admin', password: PASSWORD } })
  const { home } = (await (await admin.request.get('/api/v1/session')).json()) as { home: { id: string } }
  const users = `/api/v1/enterprises/${home.id}/users`
  const { items } = (await (await admin.request.get(users)).json()) as { items: { id: string; login: string }[] }
  const secretary = items.find((each) => each.login === 'secretary')
  expect((await admin.request.post(`${users}/${secretary?.id}/disable`)).status()).toBe(204)
  expect((await session(context)).status).toBe(401)
  const locked = await (await person('desk')).newPage()
  await signIn(locked, 'secretary')
  await expect(locked.getByRole('alert')).toContainText(problem(say, 'sign_in.locked'))
})
