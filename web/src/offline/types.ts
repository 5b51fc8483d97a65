/** A request to be sent, now or when there is a network. Whatever it carries must be safe to send twice. */
export interface Draft {
  /** What it is, for the page that shows it: `report`, `picture`, `case.action`, ... */
  kind: string
  /** Requests of one group belong together: none is sent after one of them was refused. */
  group: string
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  headers: Record<string, string>
  /** The bytes exactly as every attempt sends them. */
  body: ArrayBuffer | null
  /** A few words that let a person recognise it in the list of what waits. */
  label?: string
}

/** Why the server did not take a request, in its own words (problem+json). */
export interface Problem {
  status: number
  code: string
  detail: string
}

/** A draft in the outbox. It leaves it when the server has it, or when a person throws it away; never otherwise. */
export interface Entry extends Draft {
  /** Its place in the order of sending. */
  seq: number
  /** `waiting` to be sent; `conflict`: the server has something newer; `refused`: the server will never take it. */
  state: 'waiting' | 'conflict' | 'refused'
  tries: number
  problem: Problem | null
}

/** What came back, as far as the outbox cares. `retry_after` is in seconds. */
export type Outcome =
  | { type: 'done'; body: string }
  | { type: 'retry'; reason: 'network' | 'server'; retry_after: number | null }
  | { type: 'login' }
  | { type: 'conflict'; problem: Problem }
  | { type: 'refused'; problem: Problem }

/** Where entries live. */
export interface Store {
  /** Whether entries are still there after the page was closed. */
  readonly durable: boolean
  /** Adds all drafts or none. */
  add(drafts: Draft[]): Promise<void>
  /** All entries in the order in which they were added. */
  all(): Promise<Entry[]>
  /** Keeps what a try changed; an entry that was removed meanwhile stays removed. */
  put(entry: Entry): Promise<void>
  remove(seqs: number[]): Promise<void>
}

/** What the outbox shows of itself. */
export interface Snapshot {
  entries: Entry[]
  /** The entry that is on its way now. */
  sending: number | null
  /** How much of the entry that was sent last has arrived, where it goes in parts. */
  parts: { seq: number; done: number; of: number } | null
  /** What the outbox waits for since the last try, until a try is answered. */
  paused: 'network' | 'server' | 'login' | null
  durable: boolean
}
