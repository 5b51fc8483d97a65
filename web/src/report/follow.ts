// The follow-up page: the phone derives the look-up value, so that the code itself never leaves it.
import { lookup, readCode } from './code'
import { byId, showProblem, text } from './page'

/** Brings the follow-up form to life. */
export function startFollow(): void {
  const form = byId<HTMLFormElement>('follow')
  const field = byId<HTMLTextAreaElement>('report-code')
  form.noValidate = true
  form.addEventListener('submit', (event) => {
    const reading = readCode(field.value)
    if (!('bytes' in reading)) {
      event.preventDefault()
      const wrong = 'wrong' in reading ? text('code_wrong', { char: reading.wrong }) : text('code_short', { n: reading.length })
      showProblem(wrong)
      field.focus()
      return
    }
    const sent = document.createElement('input')
    sent.type = 'hidden'
    sent.name = 'lookup'
    sent.value = lookup(reading.bytes)
    form.append(sent)
    // A field without a name is not sent.
    field.removeAttribute('name')
    field.value = ''
  })
  // Coming back from the answer, the form must work once more.
  window.addEventListener('pageshow', () => {
    field.name = 'code'
    form.querySelectorAll('[name=lookup]').forEach((old) => old.remove())
  })
}
