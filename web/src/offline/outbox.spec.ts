import 'fake-indexeddb/auto'
import { expect, test } from 'vitest'
import { IndexedStore, MemoryStore, Outbox, outcomeOf, type Draft, type Entry, type Outcome, type Store } from '.'

const DONE: Outcome = { type: 'done', body: '{}' }
const NO_NETWORK: Outcome = { type: 'retry', reason: 'network', retry_after: null }
const STALE: Outcome = { type: 'conflict', problem: { status: 409, code: 'case.stale', detail: 'newer' } }

let names = 0
function freshStore(): IndexedStore {
  names += 1
  return new IndexedStore(`outbox-${names}`)
}

function draft(label: string, group = label): Draft {
  const body = new TextEncoder().encode(JSON.stringify({ label }))
  return { kind: 'test', group, method: 'POST', path: `/${label}`, headers: {}, body: body.buffer as ArrayBuffer, label }
}

/** An outbox whose server answers as told, whose clock the test moves, and which keeps a diary. */
function outboxWith(answer: (entry: Entry, n: number) => Outcome | Promise<Outcome>, store: Store = freshStore()) {
  const sent: string[] = []
  const timers: { work: () => void; wait: number }[] = []
  const outbox = new Outbox({
    store,
    send: async (entry) => {
      sent.push(new TextDecoder().decode(entry.body!))
      return answer(entry, sent.length)
    },
    later: (work, wait) => void timers.push({ work, wait }),
    random: () => 1,
  })
  return { outbox, sent, timers, store }
}

const labels = (entries: Entry[]) => entries.map((entry) => entry.label)

test.each([
  ['IndexedDB', freshStore],
  ['memory', () => new MemoryStore()],
])('%s: sends in the order of adding and leaves nothing behind', async (_, make) => {
  const { outbox, sent, store } = outboxWith(() => DONE, make())
  await outbox.add([draft('a'), draft('b')])
  await outbox.add([draft('c')])
  await outbox.flush()
  expect(sent).toEqual(['{"label":"a"}', '{"label":"b"}', '{"label":"c"}'])
  expect(await store.all()).toEqual([])
})

test('without a network everything waits, in order, and no later entry overtakes', async () => {
  const { outbox, sent, store } = outboxWith(() => NO_NETWORK)
  await outbox.add([draft('a'), draft('b')])
  await outbox.flush()
  await outbox.flush()
  expect(new Set(sent)).toEqual(new Set(['{"label":"a"}']))
  expect(labels(await store.all())).toEqual(['a', 'b'])
  expect((await outbox.snapshot()).paused).toBe('network')
})

test('a report does not stand behind the pictures of another one', async () => {
  const picture = (label: string, group: string): Draft => ({ ...draft(label, group), method: 'PUT' })
  let isBad = true
  const { outbox, sent, store } = outboxWith((entry) => (isBad && entry.method === 'PUT' ? NO_NETWORK : DONE))
  await outbox.add([draft('a'), picture('a1', 'a'), draft('a2', 'a')])
  await outbox.flush()
  await outbox.add([draft('danger')])
  await outbox.flush()
  expect(labels(await store.all())).toEqual(['a1', 'a2'])
  isBad = false
  await outbox.flush()
  expect(sent.at(-1)).toBe('{"label":"a2"}')
  expect(await store.all()).toEqual([])
})

test('every try sends the same bytes, also from a new page over the same store', async () => {
  const store = freshStore()
  const first = outboxWith(() => NO_NETWORK, store)
  await first.outbox.add([draft('a')])
  await first.outbox.flush()
  const second = outboxWith((_, n) => (n < 3 ? NO_NETWORK : DONE), store)
  for (let i = 0; i < 3; i += 1) await second.outbox.flush()
  expect(new Set([...first.sent, ...second.sent]).size).toBe(1)
  expect(await store.all()).toEqual([])
})

test('many calls to flush run one at a time and send each entry once', async () => {
  let inside = 0
  let most = 0
  const { outbox, sent } = outboxWith(async () => {
    inside += 1
    most = Math.max(most, inside)
    await new Promise((resolve) => setTimeout(resolve, 2))
    inside -= 1
    return DONE
  })
  await outbox.add([draft('a'), draft('b'), draft('c')])
  await Promise.all([outbox.flush(), outbox.flush(), outbox.flush()])
  expect(most).toBe(1)
  expect(sent).toHaveLength(3)
})

test('what is added while the last entry is on its way is sent too', async () => {
  const running = outboxWith(async (entry) => {
    if (entry.label === 'a') await running.outbox.add([draft('b')])
    return DONE
  })
  await running.outbox.add([draft('a')])
  await running.outbox.flush()
  expect(running.sent).toEqual(['{"label":"a"}', '{"label":"b"}'])
})

test('a conflict is kept with its reason, holds its group, and lets the others go', async () => {
  const { outbox, sent, store } = outboxWith((entry) => (entry.label === 'a' ? STALE : DONE))
  await outbox.add([draft('a', 'one'), draft('a-picture', 'one'), draft('b', 'two')])
  await outbox.flush()
  expect(sent).toEqual(['{"label":"a"}', '{"label":"b"}'])
  const left = await store.all()
  expect(labels(left)).toEqual(['a', 'a-picture'])
  expect(left[0]).toMatchObject({ state: 'conflict', problem: { code: 'case.stale', detail: 'newer' } })
  expect(new TextDecoder().decode(left[0]!.body!)).toBe('{"label":"a"}')
})

test('a person can put a conflict back in line, or throw it away', async () => {
  let stale = true
  const { outbox, sent, store } = outboxWith((entry) => (stale && entry.group === 'one' ? STALE : DONE))
  await outbox.add([draft('a', 'one')])
  await outbox.flush()
  stale = false
  await outbox.retry('one')
  await outbox.flush()
  expect(sent).toEqual(['{"label":"a"}', '{"label":"a"}'])
  expect(await store.all()).toEqual([])

  stale = true
  await outbox.add([draft('c', 'one')])
  await outbox.flush()
  await outbox.discard('one')
  expect(await store.all()).toEqual([])
})

test('what was thrown away while it was on its way does not come back', async () => {
  const running = outboxWith(async () => {
    await running.outbox.discard('a')
    return NO_NETWORK
  })
  await running.outbox.add([draft('a')])
  await running.outbox.flush()
  expect(await running.store.all()).toEqual([])
})

test('a hundred failed tries drop nothing; the pauses grow and end at five minutes', async () => {
  const { outbox, store, timers } = outboxWith(() => ({ type: 'retry', reason: 'server', retry_after: null }))
  await outbox.add([draft('a')])
  for (let i = 0; i < 100; i += 1) await outbox.flush()
  expect((await store.all())[0]).toMatchObject({ label: 'a', state: 'waiting' })
  expect(timers.slice(0, 3).map((timer) => timer.wait)).toEqual([2_000, 4_000, 8_000])
  expect(Math.max(...timers.map((timer) => timer.wait))).toBe(300_000)
})

test('the pause is as long as the server asks for', async () => {
  const { outbox, timers } = outboxWith(() => ({ type: 'retry', reason: 'server', retry_after: 60 }))
  await outbox.add([draft('a')])
  await outbox.flush()
  expect(timers[0]!.wait).toBe(60_000)
})

test('a phone that is too full to count the tries goes on trying', async () => {
  const store = new MemoryStore()
  let isFull = true
  const put = store.put.bind(store)
  store.put = (entry) => (isFull ? Promise.reject(new DOMException('full', 'QuotaExceededError')) : put(entry))
  let answer = NO_NETWORK as Outcome
  const { outbox, timers } = outboxWith(() => answer, store)
  await outbox.add([draft('a')])
  await outbox.flush()
  expect(timers.length).toBeGreaterThan(0)
  answer = STALE
  const before = timers.length
  timers[before - 1]!.work()
  await outbox.flush()
  // A refusal that could not be noted is asked for again, and noted once there is room.
  expect(timers.length).toBeGreaterThan(before)
  expect((await store.all())[0]!.state).toBe('waiting')
  isFull = false
  timers[timers.length - 1]!.work()
  await outbox.flush()
  expect((await store.all())[0]!.state).toBe('conflict')
})

test('only the newest timer sends, so that timers do not gather', async () => {
  const { outbox, sent, timers } = outboxWith(() => NO_NETWORK)
  await outbox.add([draft('a')])
  await outbox.flush()
  await outbox.flush()
  const before = sent.length
  for (const timer of timers.slice(0, -1)) timer.work()
  await Promise.resolve()
  expect(sent).toHaveLength(before)
})

test('an expired login waits for the login and keeps everything', async () => {
  const { outbox, store } = outboxWith(() => ({ type: 'login' }))
  await outbox.add([draft('a'), draft('b')])
  await outbox.flush()
  expect(labels(await store.all())).toEqual(['a', 'b'])
  expect((await outbox.snapshot()).paused).toBe('login')
})

test('those who watch see what is sent and what the server answered', async () => {
  const { outbox } = outboxWith(() => ({ type: 'done', body: '{"received":true}' }))
  const seen: (number | null)[] = []
  const taken: string[] = []
  outbox.watch((snapshot) => seen.push(snapshot.sending))
  outbox.onTaken((entry, body) => taken.push(entry.label + body))
  await outbox.add([draft('a')])
  await outbox.flush()
  expect(taken).toEqual(['a{"received":true}'])
  expect(seen.at(-1)).toBeNull()
  expect(seen.some((seq) => seq !== null)).toBe(true)
})

test.each([
  [200, 'done'],
  [204, 'done'],
  [400, 'refused'],
  [401, 'login'],
  [404, 'refused'],
  [408, 'retry'],
  [409, 'conflict'],
  [412, 'conflict'],
  [413, 'refused'],
  [429, 'retry'],
  [500, 'retry'],
  [507, 'retry'],
])('an answer of %i means %s', (status, type) => {
  expect(outcomeOf(status, '{"code":"x","detail":"y"}', null).type).toBe(type)
})

test('random networks lose nothing and keep the order', async () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    // A small linear congruential generator: one seed is one run.
    let state = seed
    const chance = () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648
    const server: string[] = []
    const store: Store = seed % 10 === 0 ? freshStore() : new MemoryStore()
    const make = () =>
      outboxWith((entry) => {
        const luck = chance()
        if (luck < 0.3) return NO_NETWORK
        // The server took it and the answer was lost: the next try is the duplicate it must recognise.
        if (!server.includes(entry.label!)) server.push(entry.label!)
        return luck < 0.5 ? NO_NETWORK : DONE
      }, store)
    let page = make()
    const expected: string[] = []
    for (let step = 0; step < 12; step += 1) {
      if (chance() < 0.5) {
        expected.push(`r${step}`)
        await page.outbox.add([draft(`r${step}`)])
      }
      if (chance() < 0.3) page = make()
      await page.outbox.flush()
    }
    while ((await store.all()).length > 0) await page.outbox.flush()
    expect(server, `seed ${seed}`).toEqual(expected)
  }
})
