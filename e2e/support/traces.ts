import type { Page } from '@playwright/test'

/** Everything that the page's origin has left on the device, as text to search in. */
export async function tracesLeft(page: Page): Promise<string[]> {
  const inPage = await page.evaluate(async () => {
    const found: string[] = []
    for (const [name, store] of [['local', localStorage], ['session', sessionStorage]] as const) {
      for (let i = 0; i < store.length; i++) {
        const key = store.key(i) ?? ''
        found.push(`${name} storage: ${key}=${store.getItem(key) ?? ''}`)
      }
    }
    for (const { name } of await indexedDB.databases()) {
      if (!name) continue
      const db = await new Promise<IDBDatabase>((resolve, reject) => {
        const opening = indexedDB.open(name)
        opening.onsuccess = () => resolve(opening.result)
        opening.onerror = () => reject(opening.error)
      })
      for (const store of Array.from(db.objectStoreNames)) {
        const rows = await new Promise<unknown[]>((resolve, reject) => {
          const reading = db.transaction(store).objectStore(store).getAll()
          reading.onsuccess = () => resolve(reading.result)
          reading.onerror = () => reject(reading.error)
        })
        for (const row of rows) found.push(`database ${name}/${store}: ${JSON.stringify(row)}`)
      }
      db.close()
    }
    // Plain http off loopback has no caches at all.
    if ('caches' in window) {
      for (const name of await caches.keys()) {
        const cache = await caches.open(name)
        for (const request of await cache.keys()) found.push(`cache ${name}: ${request.url}`)
      }
    }
    return found
  })
  const cookies = await page.context().cookies()
  return [...inPage, ...cookies.map((cookie) => `cookie ${cookie.name}`)]
}
