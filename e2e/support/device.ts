import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContext, Page, Request, Route } from '@playwright/test'
import { ReportPage } from '../pages/report'
import { Dice } from './dice'
import type { Say } from './words'

/** What a report must live through; each run meets some of it, and all runs together every one. */
export const TROUBLES = ['offline', 'killed in an upload', 'storage full', 'two tabs', 'two devices', 'wrong clock', 'server error after commit'] as const
/** A mistake that a run must see. */
export type Plant = 'none' | 'hasty' | 'forgetful'

/** Where a worker reports, and how he may speak there. */
export interface Place {
  kind: 'alone' | 'factory' | 'intake'
  /** The report page. */
  address: string
  /** The server on which the reports are read. */
  base: string
  voices: ('named' | 'in_confidence' | 'anonymous')[]
}

const HOUR = 3_600_000

/** Kept in a file, since after a failure a new process goes on with the other runs. */
const file = (): string => join(process.env.HEZUO_E2E_FOLDER ?? '', 'met.txt')

/** Writes down what a run has really met. */
export function note(met: Iterable<string>): void {
  appendFileSync(file(), Array.from(met, (each) => `${each}\n`).join(''))
}

/** What all runs have met, and in how many of them. */
export function noted(): Map<string, number> {
  const counts = new Map<string, number>()
  for (const line of readFileSync(file(), 'utf8').trim().split('\n')) counts.set(line, (counts.get(line) ?? 0) + 1)
  return counts
}

/** The part of the page's own world that these runs look into. */
type World = Window & { refused?: number }

/** The upload in whose midst a tab is to be killed. */
interface Hold {
  /** So many requests of uploads pass before it. */
  after: number
  /** Whether the server takes it before the tab dies. */
  isTaken: boolean
  hangs: (page: Page) => void
}

/** A phone with its browser: what goes wrong on its way to the server follows from dice. */
export class Device {
  /** Whether the way to the server is good now. */
  good = false
  isOffline = false
  /** What this phone has really gone through. */
  readonly met = new Set<string>()
  /** What is drawn for the phone; the way has dice of its own, because how often the page tries must not change what the run does. */
  readonly dice: Dice
  private readonly way: Dice
  private readonly full = new Set<Page>()
  /** Whether its browser has no room for anything, by its own quota. */
  hasNoRoom = false
  private wrongBy = 0
  private hold: Hold | null = null
  private tabs: ReportPage[] = []

  constructor(
    readonly context: BrowserContext,
    readonly place: Place,
    private readonly say: Say,
    seed: number,
    private readonly plant: Plant = 'none',
  ) {
    this.dice = new Dice(seed)
    this.way = new Dice(this.dice.below(1_000_000_000))
  }

  async prepare(): Promise<void> {
    const { context, dice } = this
    this.wrongBy = dice.of([0, 0, 48, -48]) * HOUR
    if (this.wrongBy) await context.addInitScript(setClock, this.wrongBy)
    // Pages that came over plain http have no locks: there two tabs send at the same time.
    if (dice.chance(40)) await context.addInitScript(() => Object.defineProperty(navigator, 'locks', { value: undefined }))
    await context.addInitScript(countRefusals)
    this.hasNoRoom = dice.chance(20)
    if (this.hasNoRoom) {
      // The browser's own quota, which it asks for once and then remembers for half a minute.
      const keeper = await context.newPage()
      const browser = await context.newCDPSession(keeper)
      await browser.send('Storage.overrideQuotaForOrigin', { origin: new URL(this.place.address).origin, quotaSize: 1 })
    }
    await context.route(/\/api\/v1\/(reports|proof)/, (route) => this.pass(route))
  }

  async setOffline(isOffline: boolean): Promise<void> {
    this.isOffline = isOffline
    await this.context.setOffline(isOffline)
  }

  /** A tab with the report page; the page itself is fetched while there is a network. */
  async open(): Promise<ReportPage> {
    await this.setOffline(false)
    const report = new ReportPage(await this.context.newPage(), this.say)
    await report.open(this.place.address)
    this.tabs.push(report)
    if (this.wrongBy) {
      const seen = await report.page.evaluate(() => [Date.now(), new Date().getTime(), Date.parse(Date())])
      const isWrong = seen.every((each) => Math.abs(each - Date.now() - this.wrongBy) < HOUR)
      if (isWrong) this.met.add('wrong clock')
    }
    return report
  }

  /** One of the tabs that live; a new one where none does. */
  async anyTab(): Promise<ReportPage> {
    const living = this.living
    return living.length ? this.dice.of(living) : this.open()
  }

  get living(): ReportPage[] {
    this.tabs = this.tabs.filter(({ page }) => !page.isClosed())
    return this.tabs
  }

  /** Whether the page itself must hold what is written there. */
  isFull(page: Page): boolean {
    return this.hasNoRoom || this.full.has(page)
  }

  /** From now on the storage takes nothing more from this page. The browser's own quota would be heeded half a minute later. */
  async fill(page: Page): Promise<void> {
    this.full.add(page)
    await page.evaluate(() => {
      IDBObjectStore.prototype.add = () => {
        const world = window as World
        world.refused = (world.refused ?? 0) + 1
        throw new DOMException('full', 'QuotaExceededError')
      }
    })
  }

  async wasRefused(page: Page): Promise<boolean> {
    return page.evaluate(() => ((window as World).refused ?? 0) > 0)
  }

  /** Lets the next upload hang; answers with its tab once it does. */
  holdUpload(after: number, isTaken: boolean): Promise<Page> {
    return new Promise((hangs) => (this.hold = { after, isTaken, hangs }))
  }

  private async pass(route: Route): Promise<void> {
    try {
      const { hold } = this
      if (hold && isUpload(route.request()) && hold.after-- === 0) {
        this.hold = null
        if (hold.isTaken && this.plant === 'none') await route.fetch()
        // Nothing more is heard of it: its tab is about to be killed.
        return hold.hangs(route.request().frame().page())
      }
      if (this.plant === 'hasty') return await route.fulfill({ status: 201, headers: { 'Upload-Complete': '?1' }, body: '{"received":true}' })
      const fate = this.good ? 'pass' : this.way.of(['pass', 'pass', 'lost', 'unanswered', 'failed', 'slow'])
      if (fate === 'lost') return await route.abort('connectionreset')
      if (fate === 'slow') await new Promise((resolve) => setTimeout(resolve, 300 + this.way.below(700)))
      if (fate === 'unanswered' || fate === 'failed') {
        // The server has stored it; the phone does not hear so.
        const answer = await route.fetch(this.plant === 'forgetful' ? renamed(route.request()) : {})
        if (fate === 'unanswered') return await route.abort('connectionreset')
        if (answer.ok() && route.request().method() !== 'GET') this.met.add('server error after commit')
        return await route.fulfill({ status: 500, body: '{}' })
      }
      await route.continue()
    } catch {
      // The tab was killed meanwhile, or its phone is offline: that is what the run is about.
      await route.abort().catch(() => undefined)
    }
  }
}

/** Whether a request carries something of a picture, or asks how far it has come. */
function isUpload(request: Request): boolean {
  return /\/reports\/attachments\//.test(request.url()) && ['PATCH', 'PUT'].includes(request.method())
}

/** The planted mistake: a try under an id of its own. */
function renamed(request: Request): { postData?: string } {
  if (request.method() !== 'POST') return {}
  const body = JSON.parse(request.postData() ?? '{}') as { lookup: string }
  return { postData: JSON.stringify({ ...body, lookup: body.lookup.split('').reverse().join('') }) }
}

/** Runs in the page: every way to ask for the time answers a wrong one. */
function setClock(by: number): void {
  const real = Date
  const now = (): number => real.now() + by
  window.Date = new Proxy(real, {
    apply: () => new real(now()).toString(),
    construct: (target, given: unknown[]) => Reflect.construct(target, given.length ? given : [now()]) as Date,
    get: (target, name) => (name === 'now' ? now : (Reflect.get(target, name) as unknown)),
  })
}

/** Runs in the page: counts what the browser refused to store for want of room. */
function countRefusals(): void {
  const begin = IDBDatabase.prototype.transaction
  IDBDatabase.prototype.transaction = function (...given) {
    const transaction = begin.apply(this, given)
    transaction.addEventListener('abort', () => {
      const world = window as World
      if (transaction.error?.name === 'QuotaExceededError') world.refused = (world.refused ?? 0) + 1
    })
    return transaction
  }
}

/** What lies in the outbox of the report page, or only the report with these words; less than nothing where that can't be said just now. */
export function kept(page: Page, words = ''): Promise<number> {
  return page.evaluate(
    (text) =>
      new Promise<number>((resolve) => {
        const opening = indexedDB.open('hezuo-report')
        opening.onerror = () => resolve(-1)
        opening.onsuccess = () => {
          const database = opening.result
          if (!database.objectStoreNames.contains('requests')) return resolve(0)
          const reading = database.transaction('requests').objectStore('requests').getAll()
          reading.onsuccess = () => {
            database.close()
            const entries = reading.result as { body: ArrayBuffer }[]
            resolve(entries.filter(({ body }) => new TextDecoder().decode(body).includes(text)).length)
          }
        }
      }),
    words,
  )
}
