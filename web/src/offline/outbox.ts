import type { Send } from './send'
import type { Draft, Entry, Outcome, Snapshot, Store } from './types'

const FIRST_WAIT = 2_000
const LONGEST_WAIT = 300_000

/** What the outbox needs from its surroundings; tests bring their own. */
export interface Surroundings {
  store: Store
  send: Send
  /** Runs the work while no other page of this origin runs it, or not at all when one does. */
  alone?: (work: () => Promise<void>) => Promise<void>
  /** Calls back later. */
  later?: (work: () => void, milliseconds: number) => void
  /** A number from 0 to 1, to keep many phones from coming back in the same second. */
  random?: () => number
}

/** Called when the server has taken an entry, with what it answered. */
export type Taken = (entry: Entry, body: string) => void

/**
 * Requests that wait for a network. They are sent in order, one at a time, with the same bytes at every try,
 * and stay until the server has taken them or a person throws them away.
 */
export class Outbox {
  private running: Promise<void> | null = null
  private again = false
  private sending: number | null = null
  private parts: Snapshot['parts'] = null
  private paused: Snapshot['paused'] = null
  private failures = 0
  private alarm = 0
  private readonly watchers = new Set<(snapshot: Snapshot) => void>()
  private readonly takers = new Set<Taken>()

  constructor(private readonly around: Surroundings) {}

  /** Keeps the drafts, all or none, then begins to send. It answers once they are kept. */
  async add(drafts: Draft[]): Promise<void> {
    await this.around.store.add(drafts)
    await this.show()
    void this.flush()
  }

  /** Sends what waits. Calls while it runs make it look once more, never run twice at the same time. */
  flush(): Promise<void> {
    this.again = true
    this.running = this.running ?? this.rounds()
    return this.running
  }

  /** Puts a conflict or a refusal back in line, as it is. */
  async retry(group: string): Promise<void> {
    for (const entry of await this.around.store.all()) {
      if (entry.group === group && entry.state !== 'waiting') {
        await this.around.store.put({ ...entry, state: 'waiting', problem: null })
      }
    }
    await this.show()
    void this.flush()
  }

  /** Throws a group away. Only ever called because a person said so. */
  async discard(group: string): Promise<void> {
    const entries = await this.around.store.all()
    await this.around.store.remove(entries.filter((entry) => entry.group === group).map((entry) => entry.seq))
    await this.show()
  }

  /** Tells about every change; answers with a function that ends it. */
  watch(watcher: (snapshot: Snapshot) => void): () => void {
    this.watchers.add(watcher)
    return () => this.watchers.delete(watcher)
  }

  /** Tells about every entry that the server has taken; answers with a function that ends it. */
  onTaken(taker: Taken): () => void {
    this.takers.add(taker)
    return () => this.takers.delete(taker)
  }

  async snapshot(): Promise<Snapshot> {
    return {
      entries: await this.around.store.all(),
      sending: this.sending,
      parts: this.parts,
      paused: this.paused,
      durable: this.around.store.durable,
    }
  }

  /** Sends whenever there is hope: now, when the network comes back, when the page is looked at again. */
  start(page: Window = window): void {
    const wake = (): void => {
      void this.flush()
    }
    page.addEventListener('online', wake)
    page.addEventListener('pageshow', wake)
    page.document.addEventListener('visibilitychange', () => {
      if (!page.document.hidden) wake()
    })
    wake()
  }

  private async rounds(): Promise<void> {
    const alone = this.around.alone ?? ((work) => work())
    try {
      while (this.again) {
        this.again = false
        await alone(() => this.round())
        await this.show()
      }
    } finally {
      this.running = null
    }
  }

  private async round(): Promise<void> {
    for (;;) {
      const entry = nextOf(await this.around.store.all())
      if (!entry) {
        this.paused = null
        return
      }
      if (entry.seq !== this.parts?.seq) this.parts = null
      this.sending = entry.seq
      await this.show()
      let outcome: Outcome
      try {
        outcome = await this.around.send(entry, (done, of) => this.arrived(entry.seq, done, of))
      } finally {
        this.sending = null
      }
      const goOn = await this.settle(entry, outcome)
      await this.show()
      if (!goOn) return
    }
  }

  /** Writes down what came of a try; says whether the next entry may go. */
  private async settle(entry: Entry, outcome: Outcome): Promise<boolean> {
    const { store } = this.around
    switch (outcome.type) {
      case 'done':
        this.parts = null
        this.answered()
        await store.remove([entry.seq])
        this.takers.forEach((taker) => taker(entry, outcome.body))
        return true
      case 'conflict':
      case 'refused':
        this.parts = null
        this.answered()
        if (await this.note({ ...entry, tries: entry.tries + 1, state: outcome.type, problem: outcome.problem })) return true
        this.wait(null)
        return false
      case 'login':
        this.paused = 'login'
        return false
      case 'retry':
        this.paused = outcome.reason
        this.wait(outcome.retry_after)
        await this.note({ ...entry, tries: entry.tries + 1 })
        return false
    }
  }

  /** Writes an entry down, if there is room: a full phone must not keep it from being tried again. */
  private async note(entry: Entry): Promise<boolean> {
    try {
      await this.around.store.put(entry)
      return true
    } catch {
      return false
    }
  }

  /** Progress is an answer as good as any; to hear once more how far it has come is none. */
  private arrived(seq: number, done: number, of: number): void {
    if (done > (this.parts?.done ?? 0)) this.answered()
    this.parts = { seq, done, of }
    void this.show()
  }

  /** A new try does not end a pause, only an answer does: else each try would look like progress. */
  private answered(): void {
    this.failures = 0
    this.paused = null
  }

  private wait(retryAfter: number | null): void {
    const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.failures)
    this.failures += 1
    const random = this.around.random ?? Math.random
    const wait = Math.max(longest * (0.5 + random() / 2), (retryAfter ?? 0) * 1000)
    const later = this.around.later ?? ((work, milliseconds) => void setTimeout(work, milliseconds))
    // Only the newest of these calls counts: a page that is woken often would otherwise gather timers.
    this.alarm += 1
    const mine = this.alarm
    later(() => {
      if (mine === this.alarm) void this.flush()
    }, wait)
  }

  private async show(): Promise<void> {
    if (this.watchers.size === 0) return
    const snapshot = await this.snapshot()
    this.watchers.forEach((watcher) => watcher(snapshot))
  }
}

/**
 * Of the groups whose first entry waits, the first that is no file: a danger must not stand behind the pictures of
 * another report. Files go where nothing else does.
 */
function nextOf(entries: Entry[]): Entry | undefined {
  const groups = new Set<string>()
  let file: Entry | undefined
  for (const entry of entries) {
    if (groups.has(entry.group)) continue
    groups.add(entry.group)
    if (entry.state !== 'waiting') continue
    if (entry.method !== 'PUT') return entry
    file = file ?? entry
  }
  return file
}

/**
 * One page at a time, by a Web Lock where the browser has them (https, not too old). Elsewhere two pages may
 * send the same request, which is why every request in an outbox must be safe to send twice.
 */
export function oneAtATime(name: string): (work: () => Promise<void>) => Promise<void> {
  const locks = typeof navigator === 'undefined' ? undefined : (navigator as { locks?: LockManager }).locks
  return async (work) => {
    if (!locks) return work()
    await locks.request(name, work)
  }
}
