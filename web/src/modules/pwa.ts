import { trusted, worker } from './trusted'

/** Registers the service worker that keeps the phone app and what was last seen; plain http has none. */
export function installPwa(): void {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  void start().catch(() => undefined)
}

async function start(): Promise<void> {
  await navigator.serviceWorker.register(trusted.createScriptURL(worker))
  const { active } = await navigator.serviceWorker.ready
  const files = performance.getEntriesByType('resource').map((entry) => new URL(entry.name))
  const own = files.filter((url) => url.origin === window.location.origin && url.pathname.startsWith('/assets/'))
  active?.postMessage({ type: 'files', files: own.map((url) => url.pathname) })
}

/** Forgets what was seen, so that the next person on this phone does not read it. */
export async function forgetSeen(): Promise<void> {
  if ('caches' in window) await caches.delete('hezuo-seen-1')
}
