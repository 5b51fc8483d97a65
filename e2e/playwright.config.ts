import { defineConfig } from '@playwright/test'
import { BROWSER } from './support/browser'

export default defineConfig({
  testDir: 'tests',
  outputDir: 'out/results',
  globalSetup: './support/setup.ts',
  // Each worker has a server of its own, so that one test's "release now" does not empty another's box.
  workers: 2,
  fullyParallel: true,
  forbidOnly: true,
  retries: Number(process.env.HEZUO_RETRIES ?? 0),
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: {
    actionTimeout: 20_000,
    navigationTimeout: 30_000,
    trace: 'retain-on-failure',
    launchOptions: BROWSER,
  },
})
