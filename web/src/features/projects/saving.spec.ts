import { expect, test } from 'vitest'
import { fromMilli, numbers, reckon, toMilli, type SavingEntry } from './saving'

const entry = (change: Partial<SavingEntry> = {}): SavingEntry => ({
  formula: 'pieces a day × cost of one × days',
  quantity: '2.5',
  price: '3.80',
  times: '300',
  less: '',
  from: '2026-01-01',
  to: '2026-12-31',
  yearly: true,
  ...change,
})

test('a quantity may have three decimals', () => {
  expect(toMilli('2.5')).toBe(2500)
  expect(toMilli('1,200')).toBe(1_200_000)
  expect(toMilli('0.001')).toBe(1)
  expect(toMilli('0.0001')).toBeNull()
  expect(toMilli('')).toBeNull()
  expect(fromMilli(2500)).toBe('2.5')
})

test('a saving comes to what the server reckons', () => {
  expect(reckon(entry())).toBe(285_000)
  expect(reckon(entry({ less: '850' }))).toBe(200_000)
  // Half a minor unit is rounded up.
  expect(reckon(entry({ quantity: '0.001', price: '5', times: '1' }))).toBe(1)
  expect(reckon(entry({ quantity: '0.001', price: '4.99', times: '1' }))).toBe(0)
  expect(reckon(entry({ less: '2851' }))).toBeNull()
})

test('nothing is sent while a number is missing', () => {
  expect(numbers(entry({ price: '' }))).toBeNull()
  expect(numbers(entry({ times: '1.5' }))).toBeNull()
  expect(numbers(entry())).toEqual({ quantity_milli: 2500, price_minor: 380, times: 300, less_minor: 0 })
})
