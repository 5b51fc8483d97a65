import { expect, type BrowserContext, type Page, type Request } from '@playwright/test'

const pending = new WeakMap<Page, Set<Request>>()

/** Whose page asks; a service worker's request belongs to none. */
function pageOf(request: Request): Page | undefined {
  try {
    return request.frame().page()
  } catch {
    return undefined
  }
}

/** Keeps count of what the pages of a browser are waiting for, but for the stream that never ends. */
export function watchRequests(context: BrowserContext): void {
  context.on('request', (request) => {
    const page = pageOf(request)
    if (!page || request.url().endsWith('/live')) return
    pending.set(page, (pending.get(page) ?? new Set()).add(request))
  })
  const ended = (request: Request): void => {
    const page = pageOf(request)
    if (page) pending.get(page)?.delete(request)
  }
  context.on('requestfinished', ended)
  context.on('requestfailed', ended)
}

/** Waits until a page has loaded and asks for nothing any more: the browser's own idle never comes while a stream is open. */
export async function quiet(page: Page): Promise<void> {
  await page.waitForLoadState('load')
  let still = 0
  const looks = (): number => (still = pending.get(page)?.size ? 0 : still + 1)
  await expect.poll(looks, { message: 'the page comes to rest', intervals: [100], timeout: 30_000 }).toBeGreaterThanOrEqual(5)
}
