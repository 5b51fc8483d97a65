import type { CaseEvent } from '@/api/types'

/** What a line of the time line shows, without knowing its language. */
export interface Told {
  /** Key of the sentence, or `event.other` for a step that this app does not know yet. */
  key: string
  /** What people wrote, as they wrote it. */
  words: string[]
  /** The risk level that was set. */
  level: number | null
  /** The deadline that was set. */
  due: string | null
  /** The day to show; an anonymous report was written before the day on which it came out. */
  day: string
  /** The day on which it came out, where that was another. */
  out: string | null
  /** It was decided in a meeting of the improvement team. */
  meeting: boolean
}

type Details = Record<string, unknown>

const known = new Set([
  'report',
  'release',
  'import',
  'accept',
  'decline',
  'refer',
  'merge',
  'grade',
  'plan',
  'finish',
  'verify',
  'send_back',
  'close',
  'reopen',
  'transcribe',
  'attach',
  'reward',
  'acknowledge',
  'escalate',
])

/** Reads one event; ids, packs and versions stay in the record. */
export function tell(event: CaseEvent): Told {
  const details = object(event.details)
  const plan = object(details.plan)
  const level = object(details.grading).level
  const written = event.kind === 'report' ? [] : ['answer', 'to', 'note', 'reason', 'text'].map((key) => details[key])
  const due = plan.due_day ?? details.due_day
  const spoken = event.kind === 'report' && typeof details.reported_day === 'string' ? details.reported_day : event.day
  return {
    key: keyOf(event.kind, details),
    words: [...written, plan.measure].filter((text): text is string => typeof text === 'string' && text.trim() !== ''),
    level: typeof level === 'number' ? level : null,
    due: typeof due === 'string' ? due : null,
    day: spoken,
    out: spoken === event.day ? null : event.day,
    meeting: typeof details.meeting === 'string',
  }
}

function keyOf(kind: string, details: Details): string {
  if (kind === 'verdict') return details.fixed === true ? 'event.confirmed' : 'event.disputed'
  return known.has(kind) ? `event.${kind}` : 'event.other'
}

function object(value: unknown): Details {
  return typeof value === 'object' && value !== null ? (value as Details) : {}
}
