import { expect, test } from 'vitest'
import { money, toMinor } from './money'

test('whole yuan stand without decimals', () => {
  expect(money(10_000, 'CNY', 'zh-CN')).toBe('¥100')
  expect(money(1_234_550, 'CNY', 'en')).toBe('¥12,345.50')
})

test('an amount is read as people type it', () => {
  expect(toMinor(' 1,200 ')).toBe(120_000)
  expect(toMinor('100元')).toBe(10_000)
  expect(toMinor('0.05')).toBe(5)
  for (const wrong of ['', 'abc', '-5', '1.234']) expect(toMinor(wrong)).toBeNull()
})
