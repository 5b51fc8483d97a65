import { createHmac } from 'node:crypto'

/** What an authenticator app shows, computed by other means than the server's. */
export function shown(spelled: string, at = Date.now()): string {
  const bits = [...spelled.replaceAll(' ', '')].map((each) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(each).toString(2).padStart(5, '0')).join('')
  const secret = Buffer.from(bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2)))
  const period = Buffer.alloc(8)
  period.writeBigInt64BE(BigInt(Math.floor(at / 30_000)))
  const hash = createHmac('sha1', secret).update(period).digest()
  const from = hash[19]! & 15
  return String((hash.readUInt32BE(from) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}
