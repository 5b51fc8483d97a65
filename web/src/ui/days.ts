const length = 86_400_000

/** Whole days from one local day (`YYYY-MM-DD`) to another; negative when the second lies before. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / length)
}

/** The local day a number of days later. */
export function addDays(day: string, n: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + n * length).toISOString().slice(0, 10)
}

/** A day as lists show it: without the year while it is the present one. */
export function shortDay(day: string, today: string): string {
  return day.slice(0, 4) === today.slice(0, 4) ? day.slice(5) : day
}

/** A day and the time of the device's clock, written as days are written everywhere else. */
export function dayAndTime(instant: string): string {
  const at = new Date(instant)
  const pad = (n: number) => String(n).padStart(2, '0')
  return `${deviceToday(at)} ${pad(at.getHours())}:${pad(at.getMinutes())}`
}

/** Today on this device; the server's day is used wherever it is known. */
export function deviceToday(now = new Date()): string {
  const pad = (n: number) => String(n).padStart(2, '0')
  return `${now.getFullYear()}-${pad(now.getMonth() + 1)}-${pad(now.getDate())}`
}
