import type { Draft, Entry, Store } from './types'

const TABLE = 'requests'

/** An entry as it enters a store; the store gives it its number. */
function fresh(draft: Draft): Omit<Entry, 'seq'> {
  return { ...draft, state: 'waiting', tries: 0, problem: null }
}

function opened(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1)
    request.onupgradeneeded = () => {
      request.result.createObjectStore(TABLE, { keyPath: 'seq', autoIncrement: true })
    }
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
    request.onblocked = () => reject(new Error('blocked'))
  })
}

/**
 * An outbox store in IndexedDB. The database itself is never deleted: between seeing that it is empty and
 * deleting it, another page could put a report into it. Made on the first visit, its being there tells nothing.
 */
export class IndexedStore implements Store {
  readonly durable = true

  constructor(private readonly name: string) {}

  /** Runs in one transaction and answers once that is on disk. */
  private async run<T>(mode: IDBTransactionMode, work: (table: IDBObjectStore) => IDBRequest<T> | null): Promise<T | null> {
    const database = await opened(this.name)
    try {
      return await new Promise<T | null>((resolve, reject) => {
        const transaction = database.transaction(TABLE, mode)
        const request = work(transaction.objectStore(TABLE))
        transaction.oncomplete = () => resolve(request ? request.result : null)
        transaction.onabort = () => reject(transaction.error ?? new Error('aborted'))
      })
    } finally {
      database.close()
    }
  }

  async add(drafts: Draft[]): Promise<void> {
    await this.run('readwrite', (table) => {
      for (const draft of drafts) table.add(fresh(draft))
      return null
    })
  }

  async all(): Promise<Entry[]> {
    return ((await this.run('readonly', (table) => table.getAll())) as Entry[] | null) ?? []
  }

  async put(entry: Entry): Promise<void> {
    await this.run('readwrite', (table) => {
      // An entry that was thrown away while it was on its way must not come back.
      table.get(entry.seq).onsuccess = (event) => {
        if ((event.target as IDBRequest).result) table.put(entry)
      }
      return null
    })
  }

  async remove(seqs: number[]): Promise<void> {
    await this.run('readwrite', (table) => {
      for (const seq of seqs) table.delete(seq)
      return null
    })
  }
}

/** The stand-in where a browser refuses to store anything: entries live as long as the page. */
export class MemoryStore implements Store {
  readonly durable = false
  private entries: Entry[] = []
  private next = 1

  async add(drafts: Draft[]): Promise<void> {
    for (const draft of drafts) {
      this.entries.push({ ...fresh(draft), seq: this.next })
      this.next += 1
    }
  }

  async all(): Promise<Entry[]> {
    return this.entries.map((entry) => ({ ...entry }))
  }

  async put(entry: Entry): Promise<void> {
    this.entries = this.entries.map((old) => (old.seq === entry.seq ? entry : old))
  }

  async remove(seqs: number[]): Promise<void> {
    this.entries = this.entries.filter((entry) => !seqs.includes(entry.seq))
  }
}

/** The best store that this browser offers. */
export async function openStore(name: string): Promise<Store> {
  if (typeof indexedDB === 'undefined') return new MemoryStore()
  const store = new IndexedStore(name)
  try {
    // Private windows of some browsers have IndexedDB and refuse it only when it is used.
    await store.all()
    return store
  } catch {
    return new MemoryStore()
  }
}
