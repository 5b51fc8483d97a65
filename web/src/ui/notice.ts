import { shallowRef } from 'vue'

export interface Notice {
  text: string
  /** Takes the step back; offered for as long as the notice stands. */
  undo?: () => Promise<void>
}

const stays = 8000
let timer: ReturnType<typeof setTimeout> | undefined

/** The one notice that stands at the foot of the page. */
export const notice = shallowRef<Notice | null>(null)

/** Says what has just happened, with a way back where there is one. */
export function say(text: string, undo?: () => Promise<void>): void {
  clearTimeout(timer)
  notice.value = { text, undo }
  timer = setTimeout(dismiss, undo ? 2 * stays : stays)
}

/** Removes the notice. */
export function dismiss(): void {
  clearTimeout(timer)
  notice.value = null
}
