import { expect, test } from 'vitest'
import { createHash } from 'node:crypto'
import { PART, sendInParts, type Answer } from './parts'

const sha256 = (bytes: ArrayBuffer) => `sha-256=:${createHash('sha256').update(new Uint8Array(bytes)).digest('base64')}:`

interface Try {
  method: string
  offset: number
  length: number
}

/** A server that keeps parts as the real one does; `lost` says what the network does to each try. */
function server(lost: (n: number) => 'before' | 'after' | false = () => false) {
  const tries: Try[] = []
  let held = new Uint8Array(0)
  let whole: Uint8Array | null = null
  const ask = async (method: string, headers: Record<string, string>, body: ArrayBuffer | null): Promise<Answer> => {
    const bytes = new Uint8Array(body!)
    const offset = Number(headers['Upload-Offset'])
    tries.push({ method, offset, length: bytes.length })
    const fate = lost(tries.length)
    if (fate === 'before') throw new Error('no network')
    let status = 204
    if (method === 'PUT') whole = bytes
    else if (bytes.length > 0 && !whole) {
      if (headers['Content-Digest'] !== sha256(body!)) status = 409
      else if (offset > held.length) status = 409
      else if (offset === held.length) {
        const all = new Uint8Array(Buffer.concat([held, bytes]))
        if (headers['Upload-Complete'] === '?1') whole = all
        else held = all
      }
    }
    if (fate === 'after') throw new Error('no answer')
    const said: Record<string, string> = { 'Upload-Offset': String(held.length), 'Upload-Complete': whole ? '?1' : '?0' }
    return { status, body: '', header: (name) => said[name] ?? null }
  }
  return { tries, ask, whole: () => whole, forget: () => (held = new Uint8Array(0)) }
}

const file = (length: number) => {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += 1) bytes[at] = at * 7 + (at >> 8)
  return bytes
}
// To compare a million numbers one by one takes seconds.
const same = (one: Uint8Array | null, other: Uint8Array) => one !== null && Buffer.compare(one, other) === 0
const sent = (tries: Try[]) => tries.reduce((sum, one) => sum + one.length, 0)

test.each([2 * PART, 3 * PART + 1, 4 * PART])('%i bytes arrive as they are, each part once, and are told of', async (length) => {
  const { tries, ask, whole } = server()
  const told: string[] = []
  const bytes = file(length)
  const answer = await sendInParts(bytes.buffer, ask, (done, of) => told.push(`${done}/${of}`))
  expect(answer.status).toBe(204)
  expect(same(whole(), bytes)).toBe(true)
  const of = Math.ceil(length / PART)
  expect(tries).toHaveLength(of + 1)
  expect(sent(tries)).toBe(length)
  expect(told).toEqual(Array.from({ length: of }, (_, at) => `${at}/${of}`))
})

test.each([1, 2, 3, 4, 5])('a link that breaks at request %i, before the server or behind it, costs one part at most', async (broken) => {
  for (const fate of ['before', 'after'] as const) {
    const { tries, ask, whole } = server((n) => n === broken && fate)
    const bytes = file(4 * PART - 9)
    await expect(sendInParts(bytes.buffer, ask, () => undefined)).rejects.toThrow()
    await sendInParts(bytes.buffer, ask, () => undefined)
    expect(same(whole(), bytes)).toBe(true)
    expect(sent(tries)).toBeLessThanOrEqual(bytes.length + PART)
  }
})

test('a server that has forgotten what it had gets it from the beginning', async () => {
  const one = server((n) => n === 4 && 'before')
  const bytes = file(3 * PART)
  await expect(sendInParts(bytes.buffer, one.ask, () => undefined)).rejects.toThrow()
  one.forget()
  await sendInParts(bytes.buffer, one.ask, () => undefined)
  expect(same(one.whole(), bytes)).toBe(true)
})

test.each([
  [405, ''],
  [507, '{"code":"upload.no_room"}'],
])('whoever takes no parts (%i) gets the whole', async (status, body) => {
  const { tries, ask, whole } = server()
  const bytes = file(2 * PART)
  await sendInParts(bytes.buffer, (method, ...rest) => (method === 'PATCH' ? Promise.resolve({ status, body, header: () => null }) : ask(method, ...rest)), () => undefined)
  expect(same(whole(), bytes)).toBe(true)
  expect(tries).toHaveLength(1)
})

test('a refusal ends it, and so does a server that never agrees', async () => {
  const refused = { status: 415, body: '{}', header: () => null }
  expect(await sendInParts(file(2 * PART).buffer, async () => refused, () => undefined)).toBe(refused)
  let asked = 0
  const never = { status: 409, body: '{}', header: (name: string) => (name === 'Upload-Offset' ? '0' : null) }
  const answer = await sendInParts(file(2 * PART).buffer, async () => ((asked += 1), never), () => undefined)
  expect([answer.status, asked]).toEqual([409, 7])
})

test('what is not known to have arrived whole is never taken for done', async () => {
  const bytes = file(2 * PART)
  const answer = (said: Record<string, string>): Answer => ({ status: 204, body: '', header: (name) => said[name] ?? null })
  // Somebody between the two answers, as a hotel's page does.
  await expect(sendInParts(bytes.buffer, async () => answer({}), () => undefined)).rejects.toThrow()
  // A server that never comes to an end.
  const begun = answer({ 'Upload-Offset': '0', 'Upload-Complete': '?0' })
  await expect(sendInParts(bytes.buffer, async () => begun, () => undefined)).rejects.toThrow()
})
