// The line above the form that says what of earlier reports is still on this phone.
import type { Outbox, Snapshot } from '../offline'
import { button, byId, text } from './page'
import { waitingOf } from './progress'

/** Shows what waits, except the report that the page shows anyway. */
export function showWaiting(outbox: Outbox, snapshot: Snapshot, shown: string | null): void {
  const { waiting, stuck, problem } = waitingOf(snapshot, shown)
  const place = byId('waiting')
  const key = `${waiting.join()}/${stuck.join()}`
  // Nothing changed: redrawing would make a screen reader read it again and take the focus from a button.
  if (place.dataset.key === key) return
  place.dataset.key = key
  place.textContent = ''
  place.hidden = waiting.length + stuck.length === 0
  if (waiting.length > 0) {
    place.append(sentence(text('waiting', { n: waiting.length })))
    const send = button(text('send_now'), 'button', () => void outbox.flush())
    place.append(choices(send, () => discard(outbox, waiting)))
  }
  if (stuck.length > 0) {
    const reason = problem ? problem.detail || problem.code : ''
    place.append(sentence(text('stuck', { n: stuck.length, reason })))
    place.append(choices(null, () => discard(outbox, stuck)))
  }
}

function discard(outbox: Outbox, groups: string[]): void {
  groups.forEach((group) => void outbox.discard(group))
}

function sentence(words: string): HTMLElement {
  const element = document.createElement('p')
  element.textContent = words
  return element
}

/** Something to do, and deleting, which asks once more in its own place: nothing brings a deleted report back. */
function choices(first: HTMLButtonElement | null, confirmed: () => void): HTMLElement {
  const place = document.createElement('div')
  const row = (...buttons: (HTMLButtonElement | null)[]): HTMLElement => {
    const element = document.createElement('div')
    element.className = 'row'
    for (const each of buttons) if (each) element.append(each)
    return element
  }
  const offer = (): void => {
    place.textContent = ''
    place.append(row(first, button(text('delete'), 'button', ask)))
  }
  const ask = (): void => {
    place.textContent = ''
    const keep = button(text('keep'), 'button', offer)
    place.append(sentence(text('delete_sure')), row(keep, button(text('delete'), 'button', confirmed)))
    keep.focus()
  }
  offer()
  return place
}
