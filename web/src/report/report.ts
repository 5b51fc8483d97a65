// The report page: the form becomes requests in the outbox, and the outbox tells how far they have come.
import { MemoryStore, oneAtATime, openStore, Outbox, sendByFetch, type Draft, type Snapshot, type Store } from '../offline'
import { lookup, newCode } from './code'
import { draftsOf, type Filled } from './drafts'
import { byId, page, showProblem, text } from './page'
import { Pictures } from './pictures'
import { withProof } from './proof'
import { Recorder } from './recorder'
import { Sent } from './sent'
import { hex } from '../modules/sha256'
import { showWaiting } from './waiting'

const OUTBOX = 'hezuo-report'

function outboxOver(store: Store): Outbox {
  const plain = sendByFetch('omit', () => page.locale)
  return new Outbox({ store, send: page.proof ? withProof(plain) : plain, alone: oneAtATime(OUTBOX) })
}

/** The form and what belongs to it. */
class ReportForm {
  private readonly form = byId<HTMLFormElement>('report')
  private readonly pictures = new Pictures()
  private readonly recorder = new Recorder()

  constructor(send: () => void) {
    // Our own words instead of the browser's, which come in the language of the phone.
    this.form.noValidate = true
    this.form.addEventListener('submit', (event) => {
      event.preventDefault()
      send()
    })
    this.form.addEventListener('change', () => {
      showProblem('')
      this.showReady()
    })
    this.showReady()
  }

  /** Shows the form, with what is wrong with it. */
  open(problem: string): void {
    this.form.hidden = false
    showProblem(problem, this.form.querySelector('.danger') ?? undefined)
    window.scrollTo(0, 0)
  }

  /** Hides the form. What is filled in stays, in case the server refuses it. */
  close(): void {
    this.form.hidden = true
  }

  /** What is filled in, or nothing when something is missing, which is then said and shown. */
  async read(): Promise<Filled | null> {
    await Promise.all([this.recorder.finish(), this.pictures.finish()])
    const data = new FormData(this.form)
    const value = (name: string): string => String(data.get(name) ?? '')
    const filled: Filled = {
      category: value('category'),
      text: value('text'),
      voice: value('voice'),
      name: value('name'),
      finder: value('finder'),
      danger: data.has('danger'),
      name_machine: data.has('name_machine'),
      reader: value('reader'),
      attachments: this.pictures.blobs.map((blob, at) => ({ name: `p${at + 1}.jpg`, blob })),
    }
    if (this.recorder.clip) filled.attachments.push(this.recorder.clip)
    if (!filled.category) return this.missing('choose_kind', '[name=category]')
    if (filled.voice !== 'anonymous' && !filled.name.trim()) return this.missing('name_missing', '[name=name]')
    return filled
  }

  /** Empties the form, so that going back in the browser's history brings nothing back. */
  clear(): void {
    this.form.reset()
    this.showReady()
    this.pictures.clear()
    this.recorder.clear()
  }

  private showReady(): void {
    this.form.classList.toggle('ready', this.form.querySelector('[name=category]:checked') !== null)
  }

  private missing(problem: string, field: string): null {
    const element = this.form.querySelector<HTMLElement>(field)
    const part = element?.closest('.name, fieldset')
    if (element && part) {
      element.focus()
      showProblem(text(problem), part).scrollIntoView()
    }
    return null
  }
}

/** The page: one form, one outbox, one report that is shown after it was sent. */
class ReportPage {
  private outbox: Outbox
  private readonly form: ReportForm
  private readonly sent: Sent
  private busy = false
  private unwatch: () => void = () => undefined

  constructor(
    store: Store,
    private readonly wallCode: string,
  ) {
    this.outbox = outboxOver(store)
    this.form = new ReportForm(() => void this.send())
    this.sent = new Sent({
      back: (group, problem) => {
        void this.outbox.discard(group)
        this.form.open(problem)
      },
      again: () => {
        this.form.clear()
        this.form.open('')
        // The report that was shown until now belongs to those that wait, if it still does.
        void this.outbox.snapshot().then((snapshot) => this.show(snapshot))
      },
      arrived: () => this.form.clear(),
    })
    window.addEventListener('beforeunload', (event) => {
      if (this.sent.atRisk) event.preventDefault()
    })
    this.follow()
  }

  private follow(): void {
    // What another outbox tells knows nothing of this report: to it, it would look as if it had arrived.
    this.unwatch()
    this.unwatch = this.outbox.watch((snapshot) => this.show(snapshot))
    this.outbox.start()
  }

  private show(snapshot: Snapshot): void {
    this.sent.follow(snapshot)
    showWaiting(this.outbox, snapshot, this.sent.group)
  }

  private async send(): Promise<void> {
    // A second tap while pictures are read must not make a second report.
    if (this.busy) return
    this.busy = true
    try {
      const filled = await this.form.read()
      if (!filled) return
      const code = newCode()
      const group = hex(crypto.getRandomValues(new Uint8Array(16)))
      const drafts = await draftsOf(filled, this.wallCode, lookup(code), group, page.proof)
      this.form.close()
      this.sent.show(group, code, filled.danger)
      await this.keep(drafts)
      this.sent.keep(await this.outbox.snapshot())
    } finally {
      this.busy = false
    }
  }

  private async keep(drafts: Draft[]): Promise<void> {
    try {
      await this.outbox.add(drafts)
    } catch {
      // The phone's storage is full or was taken away: the page itself holds the report until it is sent.
      this.outbox = outboxOver(new MemoryStore())
      this.follow()
      await this.outbox.add(drafts)
    }
  }
}

/** Brings the report page to life. */
export async function startReport(): Promise<void> {
  if (page.code !== null) new ReportPage(await openStore(OUTBOX), page.code)
}
