import { toMinor } from '@/ui/money'

/** A reckoning as it is typed. */
export interface SavingEntry {
  formula: string
  quantity: string
  price: string
  times: string
  less: string
  from: string
  to: string
  yearly: boolean
}

/** Thousandths of a quantity as people write it (`2.5`), or null when it is none. */
export function toMilli(text: string): number | null {
  const plain = text.replace(/[,，\s]/g, '')
  if (!/^\d{1,9}(\.\d{1,3})?$/.test(plain)) return null
  const [whole, part = ''] = plain.split('.')
  return Number(whole) * 1000 + Number(part.padEnd(3, '0'))
}

/** A quantity as people write it. */
export function fromMilli(milli: number): string {
  return String(milli / 1000)
}

/** What is sent, or null while a number is missing. */
export function numbers(entry: SavingEntry) {
  const quantity = toMilli(entry.quantity)
  const price = toMinor(entry.price)
  const times = toMilli(entry.times)
  const less = entry.less.trim() ? toMinor(entry.less) : 0
  if (quantity === null || price === null || less === null) return null
  if (times === null || times % 1000 !== 0) return null
  return { quantity_milli: quantity, price_minor: price, times: times / 1000, less_minor: less }
}

interface Given {
  quantity_milli: number
  price_minor: number
  times: number
  less_minor: number
}

/** What it comes to, as the server reckons it; null while a number is missing or more is spent than saved. */
export function reckon(entry: SavingEntry): number | null {
  const given = numbers(entry)
  return given && sum(given)
}

/** What numbers come to: half a minor unit is rounded up. */
export function sum(given: Given): number | null {
  const thousandths = BigInt(given.quantity_milli) * BigInt(given.price_minor) * BigInt(given.times)
  const minor = (thousandths + 500n) / 1000n - BigInt(given.less_minor)
  return minor >= 0n && minor <= 1_000_000_000_000n ? Number(minor) : null
}
