import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import { MemoryStore, Outbox, outcomeOf, type Draft, type Entry, type Outcome, type Snapshot, type Store } from '.'
import { progressOf } from '../report/progress'
import generated from './outbox.generated.json'
import written from './outbox.vectors.json'

interface Request {
  kind: string
  of?: string
  wrong?: boolean
  taken?: boolean
}

interface Step {
  add?: string[]
  full?: boolean
  send?: number
  open?: number
  again?: string
  away?: string
  let?: boolean
}

interface End {
  server: Record<string, number>
  kept: string[][]
  shown: Record<string, string>
  sent: Record<string, number>
  waits: number[]
}

interface Vector {
  name: string
  locks?: boolean
  requests: Record<string, Request>
  steps: Step[]
  fates: string[]
  end: End
}

const NO_NETWORK: Outcome = { type: 'retry', reason: 'network', retry_after: null }

/** A mistake that the vectors must see. */
type Plant = 'none' | 'conflicts are dropped' | 'a lost answer is a refusal' | 'groups go on' | 'a full phone is not noticed'

/** Nothing moves any more: everything here is done without a timer or a disk. */
const still = () => new Promise((resolve) => setTimeout(resolve))

/** A browser's lock: one holder, the others in the order in which they asked; a dead page holds nothing. */
class Lock {
  private holder: Promise<void> = Promise.resolve()
  private free = (): void => undefined
  private of: number | null = null

  constructor(private readonly is: boolean) {}

  async alone(tab: number, work: () => Promise<void>): Promise<void> {
    if (!this.is) return work()
    const before = this.holder
    let free = (): void => undefined
    this.holder = new Promise((resolve) => (free = resolve))
    await before
    this.free = free
    this.of = tab
    try {
      await work()
    } finally {
      free()
    }
  }

  died(tab: number): void {
    if (this.of === tab) this.free()
  }
}

/** One run of a vector: phones as they are, a network that does what is told, and a small model of the server. */
class Run {
  private readonly server: Record<string, number> = {}
  private readonly sent: Record<string, number> = {}
  private readonly waits: number[] = []
  private readonly phone: Store = new MemoryStore()
  private readonly stores: Store[] = []
  private readonly tabs: Outbox[] = []
  private readonly lives: number[] = [0, 0, 0]
  private readonly fates: string[]
  private readonly lock: Lock
  private held: (() => void) | null = null

  constructor(
    private readonly vector: Vector,
    private readonly plant: Plant,
  ) {
    this.fates = [...vector.fates]
    this.lock = new Lock(vector.locks ?? true)
    this.open(1)
    this.open(2)
  }

  private open(tab: number, store: Store = this.phone): void {
    this.lock.died(tab * 1000 + (this.lives[tab] as number))
    const life = (this.lives[tab] = (this.lives[tab] as number) + 1)
    this.stores[tab] = store
    this.tabs[tab] = new Outbox({
      store,
      send: (entry) => this.pass(tab, life, entry),
      alone: (work) => this.lock.alone(tab * 1000 + life, work),
      later: (_, wait) => void (tab === 1 && this.waits.push(wait)),
      random: () => 1,
    })
  }

  /** What the server makes of a request. */
  private take(label: string): Outcome {
    const { wrong, taken, kind } = this.vector.requests[label] as Request
    if (taken) return this.outcome(409)
    if (wrong) return this.outcome(422)
    this.server[label] = 1
    return this.outcome(kind === 'picture' ? 204 : 201)
  }

  private outcome(status: number): Outcome {
    const outcome = outcomeOf(status, '{}', null)
    return outcome.type === 'conflict' && this.plant === 'conflicts are dropped' ? { type: 'done', body: '' } : outcome
  }

  private async pass(tab: number, life: number, entry: Entry): Promise<Outcome> {
    const label = entry.label as string
    this.sent[label] = (this.sent[label] ?? 0) + 1
    const unheard = new Promise<Outcome>(() => undefined)
    switch (this.fates.shift()) {
      case 'lost':
        return NO_NETWORK
      case 'unanswered':
        this.take(label)
        return this.plant === 'a lost answer is a refusal' ? outcomeOf(400, '{}', null) : NO_NETWORK
      case 'twice':
        this.take(label)
        return this.take(label)
      case 'busy':
        return outcomeOf(503, '{}', '60')
      case 'login':
        return outcomeOf(401, '{}', null)
      case 'dies_after':
        this.take(label)
        this.open(tab)
        return unheard
      case 'dies':
        this.open(tab)
        return unheard
      case 'held':
        await new Promise<void>((resolve) => (this.held = resolve))
        if (this.lives[tab] === life) return this.take(label)
        this.take(label)
        return unheard
      default:
        return this.take(label)
    }
  }

  private draft(label: string): Draft {
    const { kind, of } = this.vector.requests[label] as Request
    const group = this.plant === 'groups go on' ? label : (of ?? label)
    return { kind, group, label, method: kind === 'picture' ? 'PUT' : 'POST', path: '/', headers: {}, body: null }
  }

  private async step(step: Step): Promise<void> {
    const first = this.tabs[1] as Outbox
    if (step.add) {
      // As the report page does it.
      if (step.full && this.plant === 'none') this.open(1, Object.assign(new MemoryStore(), { durable: false }))
      void (this.tabs[1] as Outbox).add(step.add.map((label) => this.draft(label)))
    }
    if (step.send) void this.tabs[step.send]?.flush()
    if (step.open) this.open(step.open)
    if (step.again) void first.retry(step.again)
    if (step.away) void first.discard(step.away)
    if (step.let) this.held?.()
    await still()
  }

  private shown(snapshot: Snapshot): Record<string, string> {
    const shown: Record<string, string> = {}
    for (const [label, { kind }] of Object.entries(this.vector.requests)) {
      const isThere = this.server[label] || snapshot.entries.some((entry) => entry.group === label)
      if (kind !== 'report' || !isThere) continue
      const progress = progressOf(snapshot, label)
      if (progress.stage === 'received') shown[label] = progress.rest ? `received, ${progress.rest} left` : 'received'
      else if (progress.stage === 'saved') shown[label] = progress.durable ? 'saved' : 'saved in this page'
      else shown[label] = progress.stage
    }
    return shown
  }

  async play(): Promise<End> {
    for (const step of this.vector.steps) await this.step(step)
    const snapshot = await (this.tabs[1] as Outbox).snapshot()
    // The phone of a run keeps what it has, as a disk does, though this one is none.
    snapshot.durable = this.stores[1] === this.phone
    const kept = snapshot.entries.map((entry) => [entry.label as string, entry.state])
    return { server: this.server, kept, shown: this.shown(snapshot), sent: this.sent, waits: this.waits }
  }
}

// One vector lacks what another has, which the type of a file of JSON makes much of.
const [byHand, bySeed] = [written, generated] as unknown as [Vector[], Vector[]]

test.each(byHand)('$name', async (vector) => {
  expect(await new Run(vector, 'none').play()).toEqual(vector.end)
})

test('hundreds of generated ones reach the end that the real server reaches', async () => {
  expect(bySeed.length).toBeGreaterThanOrEqual(200)
  for (const vector of bySeed) expect(await new Run(vector, 'none').play(), vector.name).toEqual(vector.end)
})

test.each(['conflicts are dropped', 'a lost answer is a refusal', 'groups go on', 'a full phone is not noticed'] as Plant[])('planted: %s is seen', async (plant) => {
  for (const vector of [...byHand, ...bySeed]) {
    const end = await new Run(vector, plant).play()
    if (!isDeepStrictEqual(end, vector.end)) return
  }
  throw new Error('the vectors are blind')
})
