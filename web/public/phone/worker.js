// Keeps the phone app itself, and what was last seen of it, for when there is no connection.
// Writes never pass through here: they wait in the outbox.

const app = 'hezuo-app-1'
const seen = 'hezuo-seen-1'

// What an officer, an owner or an inspector looks at again without a connection; people's logins and files are not kept.
const kept = /^\/api\/v1\/(session$|oversight(\/|$)|enterprises\/[^/]+\/(board|cases|risk-matrix|persons|intake|teams)(\/|$))/

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(app).then((cache) => cache.add('/phone/')).then(() => self.skipWaiting()))
})

self.addEventListener('activate', (event) => {
  const old = (names) => names.filter((name) => name.startsWith('hezuo-') && name !== app && name !== seen)
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(old(names).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  )
})

self.addEventListener('message', (event) => {
  // The first visit loads its files before this worker is there; the page names them afterwards.
  if (event.data?.type === 'files') event.waitUntil(caches.open(app).then((cache) => cache.addAll(event.data.files)))
  if (event.data?.type === 'forget') event.waitUntil(caches.delete(seen))
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== self.location.origin) return
  if (url.pathname.startsWith('/assets/')) event.respondWith(cacheFirst(request))
  else if (request.mode === 'navigate') event.respondWith(networkFirst(request, app, '/phone/'))
  else if (kept.test(url.pathname)) event.respondWith(networkFirst(request, seen, request))
})

// Files under /assets/ carry a hash of their content, so a kept one is never out of date.
async function cacheFirst(request) {
  const found = await caches.match(request)
  if (found) return found
  const answer = await fetch(request)
  if (answer.ok) await (await caches.open(app)).put(request, answer.clone())
  return answer
}

async function networkFirst(request, name, key) {
  try {
    const answer = await fetch(request)
    if (answer.ok) await (await caches.open(name)).put(key, answer.clone())
    return answer
  } catch (cause) {
    const found = await caches.match(key)
    if (found) return found
    throw cause
  }
}
