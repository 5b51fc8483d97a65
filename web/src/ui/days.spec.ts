import { expect, test } from 'vitest'
import { addDays, dayAndTime, daysBetween, deviceToday, shortDay } from './days'

test('days are counted over month ends, leap days and clock changes', () => {
  expect(daysBetween('2026-02-28', '2026-03-01')).toBe(1)
  expect(daysBetween('2028-02-28', '2028-03-01')).toBe(2)
  expect(daysBetween('2026-03-28', '2026-03-30')).toBe(2)
  expect(daysBetween('2026-03-30', '2026-03-28')).toBe(-2)
})

test('a day later is the next day', () => {
  expect(addDays('2026-12-31', 1)).toBe('2027-01-01')
})

test('the year is only said when it is another', () => {
  expect(shortDay('2026-03-05', '2026-12-31')).toBe('03-05')
  expect(shortDay('2025-12-31', '2026-01-01')).toBe('2025-12-31')
})

test('an instant is a day and the time of the clock of the device', () => {
  expect(dayAndTime(new Date(2026, 10, 3, 7, 5, 59).toISOString())).toBe('2026-11-03 07:05')
})

test('the day of the device is its local day', () => {
  expect(deviceToday(new Date(2026, 0, 5, 23, 59))).toBe('2026-01-05')
})
