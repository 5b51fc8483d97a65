// The reward on the follow-up page: the phone shows the pay code and sends only what is derived from it.
import { lookup, PAY_LENGTH, payCode, payLookup, readCode } from './code'
import { byId, page, text } from './page'

interface Taken {
  paid: boolean
}

async function take(of: string, pay: string): Promise<Taken | string> {
  try {
    const answer = await fetch('/api/v1/follow-up/pay-code', {
      method: 'POST',
      credentials: 'omit',
      headers: { 'content-type': 'application/json', 'accept-language': page.locale },
      body: JSON.stringify({ lookup: of, pay_lookup: payLookup(pay) }),
    })
    const body = (await answer.json()) as Taken & { detail?: string }
    return answer.ok ? body : body.detail || text('no_network')
  } catch {
    return text('no_network')
  }
}

function paragraph(words: string, className = ''): HTMLParagraphElement {
  const element = document.createElement('p')
  element.textContent = words
  element.className = className
  return element
}

/** Brings the reward's form to life; `carried` is the pay code that the page before has left behind #. */
export function startReward(carried: string): void {
  const form = byId<HTMLFormElement>('take')
  const field = byId<HTMLTextAreaElement>('report-code-again')
  const problem = byId('take-problem')
  const pay = /^[0-9A-Z]+$/.test(carried) && carried.length === PAY_LENGTH ? carried : ''
  let asking = false

  const wrong = (words: string): void => {
    problem.textContent = words
    problem.hidden = words === ''
  }

  async function show(of: string, code: string): Promise<void> {
    asking = true
    const taken = await take(of, code)
    asking = false
    if (typeof taken === 'string') return wrong(taken)
    field.value = ''
    form.hidden = true
    const grouped = code.replace(/(.{4})(?=.)/g, '$1 ')
    byId('taken').append(
      paragraph(text('taken_code')),
      paragraph(grouped, 'code pay-code'),
      paragraph(text(taken.paid ? 'taken_paid' : 'taken_show')),
    )
  }

  form.noValidate = true
  byId('take-code').hidden = pay !== ''
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (asking) return
    wrong('')
    const held = form.querySelector<HTMLInputElement>('[name=lookup]')?.value ?? ''
    if (pay) return void show(held, pay)
    const reading = readCode(field.value)
    if ('bytes' in reading) void show(lookup(reading.bytes), payCode(reading.bytes))
    else wrong('wrong' in reading ? text('code_wrong', { char: reading.wrong }) : text('code_short', { n: reading.length }))
  })
}
