import { sha256 } from '../modules/sha256'

/** Bytes of every part but the last; what is no longer than one is sent as a whole. */
export const PART = 262_144

/** What came back, as far as anybody here cares. */
export interface Answer {
  status: number
  body: string
  header: (name: string) => string | null
}

/** Sends one request to the place of the upload. */
export type Ask = (method: string, headers: Record<string, string>, body: ArrayBuffer | null) => Promise<Answer>

/** Told how many parts have arrived. */
export type Told = (done: number, of: number) => void

async function digestOf(bytes: ArrayBuffer): Promise<string> {
  // Browsers hide it from pages that came over plain http.
  const own = crypto.subtle as SubtleCrypto | undefined
  const hash = own ? new Uint8Array(await own.digest('SHA-256', bytes)) : sha256(new Uint8Array(bytes))
  return `sha-256=:${btoa(String.fromCharCode(...hash))}:`
}

/**
 * Sends bytes in parts. First it asks how far they have come, whoever sent them and whenever; then it goes on from
 * there, and from wherever an answer says. The answer is that to the last part, or the one that ended it.
 */
export async function sendInParts(bytes: ArrayBuffer, ask: Ask, told: Told): Promise<Answer> {
  const whole = await digestOf(bytes)
  const of = Math.ceil(bytes.byteLength / PART)
  let at = bytes.byteLength
  // Each part once, each misunderstanding once: a server that sends it to and fro gets no more than that.
  for (let left = 2 * of + 2; ; left -= 1) {
    const part = bytes.slice(at, at + PART)
    const answer = await ask(
      'PATCH',
      {
        'Content-Type': 'application/partial-upload',
        'Upload-Offset': String(at),
        'Upload-Complete': at + PART < bytes.byteLength ? '?0' : '?1',
        'Content-Digest': await digestOf(part),
        'Repr-Digest': whole,
      },
      part,
    )
    const next = answer.header('Upload-Offset')
    const isWhole = answer.header('Upload-Complete') === '?1'
    // A server from before there were parts, or one with no room for them, takes the whole.
    if (answer.status === 405 || answer.body.indexOf('upload.no_room') > 0) return ask('PUT', {}, bytes)
    const isTaken = answer.status >= 200 && answer.status < 300
    // Somebody else than the server may have answered, as a hotel's page does: nothing is known to have arrived.
    if (isTaken && !isWhole && (next === null || left === 0)) throw new Error('the upload is not whole')
    if (next === null || isWhole || left === 0) return answer
    at = Number(next)
    told(at / PART, of)
  }
}
