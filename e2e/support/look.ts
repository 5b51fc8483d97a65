import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

/** Pictures a screen for people to look at, and insists on what a machine can find: nothing serious, nothing too wide. */
export async function looksWell(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `out/pictures/${name}.png`, animations: 'disabled' })
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  expect(wider, `${name}: scrolls sideways`).toBeLessThanOrEqual(0)
  const { violations } = await new AxeBuilder({ page }).analyze()
  const findings = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map((node) => node.html).join('  ').slice(0, 400)}`)
  expect(findings, `${name}: axe`).toEqual([])
}
