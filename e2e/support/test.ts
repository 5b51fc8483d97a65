import { test as base, type BrowserContext } from '@playwright/test'
import { watchRequests } from './quiet'
import { startDemo, type Demo } from './server'
import { saying, type Locale, type Say } from './words'

export { expect } from '@playwright/test'
export { LOCALES, saying, type Locale, type Say } from './words'

/** The two screens on which everything is looked at. */
export const SCREENS = {
  phone: { viewport: { width: 360, height: 780 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
  desk: { viewport: { width: 1440, height: 900 } },
} as const
/** One of them. */
export type Screen = keyof typeof SCREENS

interface Options {
  /** The language of the browser. */
  language: Locale
}

interface WorkerOptions {
  /** What the demo is started with besides. */
  options: string[]
  /** Whether the tests that say so share a demo with nobody else, since they leave people changed. */
  apart: boolean
}

interface Fixtures {
  /** The texts of the language under test. */
  say: Say
  /** A browser of somebody else: nothing is shared with the others. */
  person: (screen: Screen, more?: { javaScriptEnabled?: boolean }) => Promise<BrowserContext>
}

/** The test of this project: a demo of its own for each worker, and people with a browser each. */
export const test = base.extend<Options & Fixtures, WorkerOptions & { demo: Demo }>({
  options: [[], { option: true, scope: 'worker' }],
  apart: [false, { option: true, scope: 'worker' }],
  language: ['zh-CN', { option: true }],
  demo: [
    async ({ options }, use, worker) => {
      const [demo, stop] = await startDemo(`worker-${worker.workerIndex}`, options)
      await use(demo)
      await stop()
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  say: async ({ language }, use) => use(saying(language)),
  person: async ({ browser, demo, language }, use) => {
    const open: BrowserContext[] = []
    const refused: string[] = []
    await use(async (screen, more = {}) => {
      const context = await browser.newContext({ ...SCREENS[screen], locale: language, baseURL: demo.base, ...more })
      watchRequests(context)
      // What the page's own security policy stops is a fault of ours, or an attack.
      context.on('console', (message) => {
        if (/Content Security Policy|TrustedHTML|TrustedScript/.test(message.text())) refused.push(message.text())
      })
      open.push(context)
      return context
    })
    await Promise.all(open.map((context) => context.close()))
    if (refused.length) throw new Error(`the policy of a page has stopped something: ${refused.join('\n')}`)
  },
})
