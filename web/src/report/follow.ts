// The follow-up page: the phone derives the look-up value, so that the code itself never leaves it.
import { lookup, payCode, readCode } from './code'
import { byId, page, showProblem, text } from './page'

/** Asks whether a report is known; says what to show when it is not. */
async function refusal(value: string): Promise<string> {
  try {
    const answer = await fetch('/api/v1/follow-up', {
      method: 'POST',
      credentials: 'omit',
      headers: { 'content-type': 'application/json', 'accept-language': page.locale },
      body: JSON.stringify({ lookup: value }),
    })
    if (answer.ok) return ''
    const problem = (await answer.json()) as { detail?: string }
    return problem.detail || text('no_network')
  } catch {
    return text('no_network')
  }
}

/** Brings the follow-up form to life. */
export function startFollow(): void {
  const form = byId<HTMLFormElement>('follow')
  const field = byId<HTMLTextAreaElement>('report-code')
  let asking = false

  const wrong = (problem: string): void => {
    showProblem(problem)
    field.focus()
  }

  async function show(value: string, pay: string): Promise<void> {
    // Asked from here first: with a digit mistyped, or without a network, the code stays in its field.
    asking = true
    const problem = await refusal(value)
    asking = false
    if (problem) return wrong(problem)
    const sent = document.createElement('input')
    sent.type = 'hidden'
    sent.name = 'lookup'
    sent.value = value
    form.append(sent)
    // A field without a name is not sent.
    field.removeAttribute('name')
    field.value = ''
    // What stands behind # stays on the phone: the next page shows a reward's pay code from it.
    form.action = `${form.action.split('#')[0]}#${pay}`
    form.submit()
  }

  form.noValidate = true
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (asking) return
    showProblem('')
    const reading = readCode(field.value)
    if ('bytes' in reading) void show(lookup(reading.bytes), payCode(reading.bytes))
    else wrong('wrong' in reading ? text('code_wrong', { char: reading.wrong }) : text('code_short', { n: reading.length }))
  })
  // Coming back from the answer, the form must work once more.
  window.addEventListener('pageshow', () => {
    field.name = 'code'
    form.querySelectorAll('[name=lookup]').forEach((old) => old.remove())
  })
}
