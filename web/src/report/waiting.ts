// The line above the form that says what of earlier reports is still on this phone.
import type { Outbox, Snapshot } from '../offline'
import { button, byId, text } from './page'
import { waitingOf } from './progress'

/** Shows what waits, except the report that the page shows anyway. */
export function showWaiting(outbox: Outbox, snapshot: Snapshot, shown: string | null): void {
  const { waiting, stuck, problem } = waitingOf(snapshot, shown)
  const place = byId('waiting')
  const key = `${waiting}/${stuck.join()}/${snapshot.paused ?? ''}`
  // Nothing changed: redrawing would make a screen reader read it again and take the focus from a button.
  if (place.dataset.key === key) return
  place.dataset.key = key
  place.textContent = ''
  place.hidden = waiting + stuck.length === 0
  if (waiting > 0) {
    place.append(sentence(text('waiting', { n: waiting })))
    place.append(button(text('send_now'), 'button', () => void outbox.flush()))
  }
  if (stuck.length > 0) {
    const reason = problem ? problem.detail || problem.code : ''
    place.append(sentence(text('stuck', { n: stuck.length, reason })))
    place.append(deletion(() => stuck.forEach((group) => void outbox.discard(group))))
  }
}

function sentence(words: string): HTMLElement {
  const element = document.createElement('p')
  element.textContent = words
  return element
}

/** Deleting asks once more in its own place, because nothing brings a deleted report back. */
function deletion(confirmed: () => void): HTMLElement {
  const place = document.createElement('div')
  const ask = (): void => {
    place.textContent = ''
    const sure = sentence(text('delete_sure'))
    const row = document.createElement('div')
    row.className = 'row'
    row.append(button(text('keep'), 'button', offer), button(text('delete'), 'button', confirmed))
    place.append(sure, row)
    row.querySelector('button')?.focus()
  }
  const offer = (): void => {
    place.textContent = ''
    place.append(button(text('delete'), 'button', ask))
  }
  offer()
  return place
}
