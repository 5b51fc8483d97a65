// What is shown once a report was given to the outbox: how far it has come, and its code.
import type { Problem, Snapshot } from '../offline'
import { groups } from './code'
import { byId, text } from './page'
import { drawn, pathOf, type Qr, qrOf } from './picture'
import { progressOf, type Progress } from './progress'

/** After so long without an answer the code is shown anyway: the report is safe on the phone. */
const PATIENCE = 6_000

/** What the part after the form asks of the page. */
export interface SentActions {
  /** Takes a refused report out of the outbox and opens the form, which still holds everything. */
  back(group: string, problem: string): void
  /** Opens an empty form. */
  again(): void
  /** All of it has arrived: nothing of it may stay. */
  arrived(): void
}

/** The part of the page that follows the form. */
export class Sent {
  /** The report that is shown. */
  group: string | null = null
  private code: string[] = []
  private qr: Qr | null = null
  private slow = false
  private stage: Progress['stage'] | null = null
  private finished = false
  /** Whether the outbox has it. Before, that nothing of it lies there does not mean that it has arrived. */
  private kept = false
  private latest: Snapshot | null = null
  private readonly received = byId('sent-title').textContent ?? ''
  private readonly copyLabel = byId('copy').textContent ?? ''

  constructor(private readonly actions: SentActions) {
    byId('copy').addEventListener('click', () => void this.copy())
    byId('save').addEventListener('click', () => this.save())
    byId('back').addEventListener('click', () => {
      const { group, latest } = this
      if (!group || !latest) return
      const progress = progressOf(latest, group)
      this.close()
      actions.back(group, progress.stage === 'refused' ? reasonOf(progress.problem) : '')
    })
    // The link would load the page anew, which a phone without a network cannot.
    byId('again').addEventListener('click', (event) => {
      event.preventDefault()
      this.close()
      actions.again()
    })
  }

  /** Whether leaving the page would lose something. */
  get atRisk(): boolean {
    const isOnItsWay = this.group !== null && !this.kept
    return isOnItsWay || (this.latest !== null && !this.latest.durable && this.latest.entries.length > 0)
  }

  /** Shows a new report; from here on it follows the outbox. */
  show(group: string, code: Uint8Array, danger: boolean): void {
    this.group = group
    this.code = groups(code)
    this.qr = qrOf(this.code.join('-'))
    this.slow = false
    this.stage = null
    this.finished = false
    this.kept = false
    byId('copy').textContent = this.copyLabel
    byId('saved-picture').hidden = true
    byId('sent-danger').hidden = !danger
    const place = byId('code')
    place.textContent = ''
    this.code.forEach((part) => {
      const span = document.createElement('span')
      span.textContent = part
      place.append(span, ' ')
    })
    byId('qr').setAttribute('viewBox', `0 0 ${this.qr.size} ${this.qr.size}`)
    byId('qr-path').setAttribute('d', pathOf(this.qr))
    setTimeout(() => {
      this.slow = true
      if (this.group === group && this.latest) this.follow(this.latest)
    }, PATIENCE)
  }

  /** The outbox has the report: what is not there any more has arrived. */
  keep(snapshot: Snapshot): void {
    this.kept = true
    this.follow(snapshot)
  }

  /** Takes up what the outbox tells. */
  follow(snapshot: Snapshot): void {
    this.latest = snapshot
    if (!this.group) return
    const progress: Progress = this.kept ? progressOf(snapshot, this.group) : { stage: 'sending' }
    const { stage } = progress
    const { title, status } = this.words(progress)
    byId('sent').hidden = false
    byId('sent-title').textContent = title
    const place = byId('sent-status')
    // Writing the same words again would make a screen reader read them again.
    if (place.textContent !== status) place.textContent = status
    byId('sent-code').hidden = stage === 'refused' || (stage === 'sending' && !this.slow)
    // Without a network there is nothing to see there, and the page with the code would be gone.
    byId('sent-follow').hidden = stage !== 'received'
    byId('back').hidden = stage !== 'refused'
    byId('again').hidden = stage === 'refused' || stage === 'sending'
    const arrived = progress.stage === 'received' && progress.rest === 0
    byId('nothing-left').hidden = !arrived
    if (stage !== this.stage) byId('sent-title').focus()
    this.stage = stage
    if (arrived && !this.finished) {
      this.finished = true
      this.actions.arrived()
    }
  }

  private close(): void {
    this.group = null
    byId('sent').hidden = true
  }

  private words(progress: Progress): { title: string; status: string } {
    switch (progress.stage) {
      case 'sending':
        return { title: text('sending'), status: '' }
      case 'saved':
        return { title: text('saved'), status: text(progress.durable ? 'saved.more' : 'saved.memory') }
      case 'refused':
        return { title: text('refused'), status: reasonOf(progress.problem) }
      case 'received':
        return { title: this.received, status: restOf(progress) }
    }
  }

  private async copy(): Promise<void> {
    byId('copy').textContent = text((await copied(this.code.join('-'))) ? 'copied' : 'copy_failed')
  }

  private save(): void {
    if (!this.qr) return
    const address = drawn(text('title'), this.code, this.qr)
    const place = byId('saved-picture')
    const image = document.createElement('img')
    image.src = address
    image.alt = `${text('title')} ${this.code.join(' ')}`
    const hint = document.createElement('p')
    hint.className = 'small'
    hint.textContent = text('hold_picture')
    place.textContent = ''
    place.append(image, hint)
    place.hidden = false
    // Browsers inside other apps ignore this; there one presses and holds the picture.
    const link = document.createElement('a')
    link.href = address
    link.download = `${this.code[0] as string}.png`
    link.click()
  }
}

function reasonOf(problem: Problem): string {
  return problem.detail || problem.code
}

function restOf(progress: Extract<Progress, { stage: 'received' }>): string {
  const { rest: n, parts, problem } = progress
  if (n === 0) return ''
  if (problem) return text('rest_refused', { n, reason: reasonOf(problem) })
  return text(progress.moving ? 'rest' : 'rest_waiting', { n }) + (parts ? text('parts', parts) : '')
}

/** Copies with what the browser has: the clipboard of https pages, or the old command. */
async function copied(words: string): Promise<boolean> {
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(words)
      return true
    }
  } catch {
    // Refused; the old command may still be allowed.
  }
  const field = document.createElement('textarea')
  field.value = words
  field.setAttribute('readonly', '')
  field.className = 'sr'
  document.body.append(field)
  field.select()
  const done = document.execCommand('copy')
  field.remove()
  return done
}
