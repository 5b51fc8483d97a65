import type { MinutesLine } from '@/api/types'

/** The parts of the minutes, in their order. */
export type Part = 'earlier' | 'fresh' | 'raised'

/** Several steps about one case in one line of paper. */
export interface Row {
  ref: string
  text: string
  area: string | null
  steps: MinutesLine[]
}

/** Where a case stands: what was raised in the room, what came in since, what was decided before. */
function partOf(steps: MinutesLine[]): Part {
  if (steps.some((each) => each.action === 'report')) return 'raised'
  return steps.some((each) => each.section === 'new' || each.section === 'unanswered') ? 'fresh' : 'earlier'
}

/** The rows of one part: what was decided about one case stands together, and each case stands once. */
export function rows(lines: MinutesLine[], part: Part): Row[] {
  const cases = new Map<string, MinutesLine[]>()
  for (const line of lines) cases.set(line.case_id, [...(cases.get(line.case_id) ?? []), line])
  return [...cases.values()]
    .filter((steps) => partOf(steps) === part)
    .map((steps) => {
      const { ref, text, area_name } = steps[0]!
      // That it was raised is said by the part; the step stands only where nothing was decided.
      const further = steps.filter((each) => each.action !== 'report')
      return { ref, text, area: area_name ?? null, steps: further.length ? further : steps }
    })
}
