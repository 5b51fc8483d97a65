import { defineConfig } from '@playwright/test'
import usual from './playwright.config'

// The long trial of the browser: one run after the other, each from a seed of its own.
export default defineConfig({ ...usual, testDir: 'long', workers: 1, fullyParallel: false, timeout: 180_000 })
