import { expect, test } from 'vitest'
import { MemoryStore, Outbox, type Entry, type Outcome, type Snapshot } from '../offline'
import { draftsOf, type Filled } from './drafts'
import { PART, sendInParts } from '../offline/parts'
import { pathOf, qrOf } from './picture'
import { progressOf, waitingOf } from './progress'

const FILLED: Filled = {
  category: 'machine',
  text: ' the guard is off ',
  voice: 'anonymous',
  name: '4711',
  finder: '',
  danger: false,
  name_machine: true,
  reader: '',
  attachments: [{ name: 'p1.jpg', blob: new Blob([new Uint8Array([255, 216])], { type: 'image/jpeg' }) }],
}

const LOOKUP = 'ab'.repeat(32)
const drafts = (change: Partial<Filled> = {}, group = 'g') =>
  draftsOf({ ...FILLED, ...change }, 'K7Q2MX9A', LOOKUP, group)
const bodyOf = async (change: Partial<Filled>) => {
  const [report] = await drafts(change)
  return JSON.parse(new TextDecoder().decode(report!.body!)) as Record<string, unknown>
}

test('a report goes before what is attached to it, and they belong together', async () => {
  const [report, picture, ...rest] = await drafts()
  expect(rest).toEqual([])
  expect(report).toMatchObject({ kind: 'report', group: 'g', method: 'POST', path: '/api/v1/reports' })
  expect(picture).toMatchObject({ kind: 'attachment', group: 'g', method: 'PUT' })
  expect(picture!.path).toBe('/api/v1/reports/attachments/p1.jpg')
  expect(picture!.headers).toEqual({ 'Content-Type': 'image/jpeg', 'Report-Lookup': LOOKUP })
  expect(Array.from(new Uint8Array(picture!.body!))).toEqual([255, 216])
})

test('the body says what the form says', async () => {
  expect(await bodyOf({ voice: 'named', finder: 'team_leader', danger: true })).toEqual({
    code: 'K7Q2MX9A',
    lookup: LOOKUP,
    category: 'machine',
    text: 'the guard is off',
    voice: 'named',
    name: '4711',
    finder: 'team_leader',
    danger: true,
    name_machine: true,
    reader: 'team',
    attachments: ['p1.jpg'],
  })
})

test('who reads it first goes with it, also from the outbox', async () => {
  expect(await bodyOf({ reader: 'representative' })).toMatchObject({ reader: 'representative' })
})

test('a name that was typed before the voice became anonymous is not sent', async () => {
  expect(await bodyOf({})).toMatchObject({ voice: 'anonymous', name: null, finder: null })
})

/** Two reports, the first with a picture, sent to a server that answers as told. */
async function afterSending(answer: (entry: Entry) => Outcome): Promise<Snapshot> {
  const outbox = new Outbox({ store: new MemoryStore(), send: async (entry) => answer(entry), later: () => undefined })
  await outbox.add(await drafts({}, 'first'))
  await outbox.add(await drafts({ attachments: [] }, 'second'))
  await outbox.flush()
  return outbox.snapshot()
}

const PROBLEM = { status: 404, code: 'wall_code.unknown', detail: 'unknown' }
const DONE: Outcome = { type: 'done', body: '' }
const NO_NETWORK: Outcome = { type: 'retry', reason: 'network', retry_after: null }
const REFUSED: Outcome = { type: 'refused', problem: PROBLEM }

test('without a network both reports are saved, and reports are counted, not requests', async () => {
  const snapshot = await afterSending(() => NO_NETWORK)
  expect(progressOf(snapshot, 'first')).toEqual({ stage: 'saved', durable: false })
  expect(waitingOf(snapshot, null)).toEqual({ waiting: ['first', 'second'], stuck: [], problem: null })
  expect(waitingOf(snapshot, 'first').waiting).toEqual(['second'])
})

test('a report has arrived once the server has it, also while its picture still waits', async () => {
  const snapshot = await afterSending((entry) => (entry.kind === 'report' ? DONE : NO_NETWORK))
  expect(progressOf(snapshot, 'first')).toEqual({ stage: 'received', rest: 1, moving: false, parts: null, problem: null })
})

test('everything that has arrived leaves nothing', async () => {
  const snapshot = await afterSending(() => DONE)
  expect(snapshot.entries).toEqual([])
  expect(progressOf(snapshot, 'first')).toMatchObject({ stage: 'received', rest: 0 })
})

test('a refused report is shown with its reason and does not hold the next one', async () => {
  const snapshot = await afterSending((entry) => (entry.group === 'first' ? REFUSED : DONE))
  expect(progressOf(snapshot, 'first')).toEqual({ stage: 'refused', problem: PROBLEM })
  expect(progressOf(snapshot, 'second')).toMatchObject({ stage: 'received', rest: 0 })
  expect(waitingOf(snapshot, null)).toEqual({ waiting: [], stuck: ['first'], problem: PROBLEM })
})

test('the QR code has its quiet zone and its three corners', () => {
  const qr = qrOf('0410-6105-0R3G-G28A-1C60-T3GF')
  expect(qr.size).toBe(qr.dark.length)
  expect(qr.dark.slice(0, 4).flat()).not.toContain(true)
  for (const [y, x] of [[4, 4], [4, qr.size - 5], [qr.size - 5, 4]]) expect(qr.dark[y!]![x!]).toBe(true)
  expect(pathOf(qr).split('z').length - 1).toBe(qr.dark.flat().filter(Boolean).length)
})

test('to an intake every request with a file has one of a few lengths, and so have its headers', async () => {
  const sizes = new Set<string>()
  for (const size of [2, 70_000, 200_000, 262_145, 300_000, 900_000]) {
    for (const type of ['image/jpeg', 'audio/webm']) {
      const attachments = [{ name: 'p1.jpg', blob: new Blob([new Uint8Array(size).fill(7)], { type }) }]
      const [, file] = await draftsOf({ ...FILLED, attachments }, 'K7Q2MX9A', LOOKUP, 'g', true)
      const { body, headers } = file!
      const { length } = headers['Upload-Length']!
      if (body!.byteLength > PART) {
        const sent: number[] = []
        const agree = async (_: string, said: Record<string, string>, part: ArrayBuffer | null) => {
          sent.push(part!.byteLength)
          const next = part!.byteLength ? Number(said['Upload-Offset']) + PART : 0
          const answers: Record<string, string> = { 'Upload-Offset': String(next), 'Upload-Complete': next < body!.byteLength ? '?0' : '?1' }
          return { status: 204, body: '', header: (name: string) => answers[name] ?? null }
        }
        await sendInParts(body!, agree, () => undefined)
        expect(sent).toEqual([0, PART, PART, PART, PART])
      } else sizes.add(`${body!.byteLength} ${length}`)
      expect(Number(headers['Upload-Length'])).toBe(size)
    }
  }
  expect(sizes).toEqual(new Set(['16384 8', '262144 8']))
})

test('to an intake a short report is as long as a long one, and says the same', async () => {
  const sizes = new Set<number>()
  for (const text of ['短', 'long '.repeat(300)]) {
    const [report, picture] = await draftsOf({ ...FILLED, text }, 'K7Q2MX9A', LOOKUP, 'g', true)
    sizes.add(report!.body!.byteLength)
    expect(JSON.parse(new TextDecoder().decode(report!.body!))).toMatchObject({ text: text.trim(), lookup: LOOKUP })
    expect(picture!.body!.byteLength).toBe(16 * 1024)
    expect(Array.from(new Uint8Array(picture!.body!).slice(0, 3))).toEqual([255, 216, 0])
  }
  expect(sizes).toEqual(new Set([16 * 1024]))
})
