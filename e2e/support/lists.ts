import { expect, type Locator } from '@playwright/test'

/** Asks for more of a list until there is enough of it. */
export async function moreUntil(more: Locator, enough: () => Promise<boolean>): Promise<void> {
  await expect(async () => {
    if (await enough()) return
    // The button goes when the list has shown everything, maybe just now: then there is nothing to click, and enough.
    await more.click({ timeout: 1_000 }).catch(() => undefined)
    expect(await enough(), 'the list has too little').toBe(true)
  }).toPass({ intervals: [100], timeout: 30_000 })
}
