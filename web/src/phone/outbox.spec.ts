import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Decision } from '@/features/cases/send'

const one = { id: 'c1', ref: 'K7Q-2MX', version: 3 }
const decision: Decision = { enterprise: 'e1', one, action: { type: 'accept', answer: 'Thank you.' } }

let answers: (() => Promise<Response>)[]
let sent: { path: string; body: string }[]

// Each test gets an outbox of its own: the module keeps one for the whole app.
async function outbox() {
  vi.resetModules()
  return import('./outbox')
}

beforeEach(() => {
  answers = []
  sent = []
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    sent.push({ path, body: init.body ? new TextDecoder().decode(init.body as ArrayBuffer) : '' })
    const next = answers.shift()
    return next ? next() : Promise.reject(new TypeError('no network'))
  })
})
afterEach(() => vi.unstubAllGlobals())

const answer = (status: number, body: unknown) => () => Promise.resolve(new Response(JSON.stringify(body), { status }))

test('with a connection the decision arrives at once, with its version and an id of its own', async () => {
  const { sendByOutbox, waiting } = await outbox()
  answers.push(answer(200, { id: 'c1', version: 4 }))
  await expect(sendByOutbox(decision)).resolves.toMatchObject({ version: 4 })
  expect(sent[0]!.path).toBe('/api/v1/enterprises/e1/cases/c1/actions')
  expect(JSON.parse(sent[0]!.body)).toMatchObject({ version: 3, client: 'phone', action: decision.action })
  expect(waiting.value.entries).toEqual([])
})

test('the picture goes before the step that it belongs to', async () => {
  const { sendByOutbox } = await outbox()
  answers.push(() => Promise.resolve(new Response(null, { status: 204 })), answer(200, { id: 'c1', version: 4 }))
  await sendByOutbox({ ...decision, action: { type: 'finish', note: 'done' }, picture: new Blob(['x'], { type: 'image/jpeg' }) })
  expect(sent.map((each) => each.path.replace(/[^/]+\.jpg/, 'NAME.jpg'))).toEqual([
    '/api/v1/enterprises/e1/cases/c1/attachments/NAME.jpg?stage=after',
    '/api/v1/enterprises/e1/cases/c1/actions',
  ])
})

test('a long picture goes on where it broke, and how far it has come is shown', async () => {
  const { sendByOutbox, sendNow, waiting } = await outbox()
  const part = (offset: number, whole = '?0') => () =>
    Promise.resolve(new Response(null, { status: 204, headers: { 'Upload-Offset': String(offset), 'Upload-Complete': whole } }))
  const picture = new Blob([new Uint8Array(600_000)], { type: 'image/jpeg' })
  answers.push(part(0), part(262_144), () => Promise.reject(new TypeError('no network')))
  await expect(sendByOutbox({ ...decision, action: { type: 'finish', note: 'done' }, picture })).resolves.toBeNull()
  expect(waiting.value.parts).toMatchObject({ done: 1, of: 3 })
  answers.push(part(262_144), part(524_288), part(524_288, '?1'), answer(200, { id: 'c1', version: 4 }))
  await sendNow()
  expect(waiting.value).toMatchObject({ entries: [], parts: null })
  expect(sent.filter((each) => each.path.includes('/attachments/')).map((each) => each.body.length)).toEqual([0, 262_144, 262_144, 0, 262_144, 75_712])
})

test('without a connection it waits, and its case says so', async () => {
  const { sendByOutbox, pendingOn, waiting } = await outbox()
  await expect(sendByOutbox(decision)).resolves.toBeNull()
  expect(waiting.value.entries).toHaveLength(1)
  expect(pendingOn('c1')).toHaveLength(1)
  expect(pendingOn('c2')).toEqual([])
})

test('a conflict while somebody looks is said at once, and leaves nothing behind', async () => {
  const { sendByOutbox, waiting } = await outbox()
  answers.push(answer(409, { code: 'case.stale', detail: '' }))
  await expect(sendByOutbox(decision)).rejects.toMatchObject({ code: 'case.stale', status: 409 })
  expect(waiting.value.entries).toEqual([])
})

test('a conflict that comes later keeps the decision, which can then be sent on the newer case', async () => {
  const { sendByOutbox, sendNow, sendMine, kept, waiting } = await outbox()
  await sendByOutbox(decision)
  answers.push(answer(409, { code: 'case.stale', detail: '' }))
  await sendNow()
  const stuck = kept(waiting.value.entries[0]!)!
  expect(stuck).toMatchObject({ enterprise: 'e1', id: 'c1', act: { version: 3 }, entry: { state: 'conflict' } })

  // The typed client needs a page's address to find the case anew; only its answer matters here.
  const data = await import('@/features/cases/data')
  vi.spyOn(data, 'findCase').mockResolvedValue({ version: 9 } as never)
  answers.push(answer(200, { id: 'c1', version: 10 }))
  await sendMine(stuck)
  await vi.waitFor(() => expect(waiting.value.entries).toEqual([]))
  const again = JSON.parse(sent.at(-1)!.body)
  expect(again.version).toBe(9)
  expect(again.id).not.toBe(stuck.act.id)
})

test('what a person throws away can be taken back', async () => {
  const { sendByOutbox, throwAway, waiting } = await outbox()
  await sendByOutbox(decision)
  const back = await throwAway(waiting.value.entries[0]!.group)
  expect(waiting.value.entries).toEqual([])
  await back()
  expect(waiting.value.entries).toHaveLength(1)
})
