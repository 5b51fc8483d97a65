/** An amount as people write it: whole yuan without decimals, else two. */
export function money(minor: number, currency: string, locale: string): string {
  const digits = minor % 100 === 0 ? 0 : 2
  return new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(minor / 100)
}

/** Minor units of an amount as people write it (`1,200.50`), or null when it is none. */
export function toMinor(text: string): number | null {
  const plain = text.replace(/[,，\s¥￥元]/g, '')
  if (!/^\d{1,12}(\.\d{1,2})?$/.test(plain)) return null
  const [whole, part = ''] = plain.split('.')
  return Number(whole) * 100 + Number(part.padEnd(2, '0'))
}

/** An amount of whole units; a board is no ledger. */
export function amount(minor: number, currency: string | null | undefined, locale: string): string {
  if (!currency) return new Intl.NumberFormat(locale).format(minor)
  const style = { style: 'currency', currency, currencyDisplay: 'narrowSymbol' } as const
  const whole = new Intl.NumberFormat(locale, { ...style, maximumFractionDigits: 0 })
  const decimals = new Intl.NumberFormat(locale, style).resolvedOptions().maximumFractionDigits ?? 2
  return whole.format(minor / 10 ** decimals)
}
