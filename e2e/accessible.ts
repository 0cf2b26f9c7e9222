import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright'
import { expect } from 'vitest'
import type { Phone } from './phone.ts'
import { shoot } from './shoot.ts'

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

/** axe finds nothing wrong with what is on screen, by day and by night; keeps a picture of each. */
export function expectAccessible(phone: Phone, name: string): Promise<void> {
  return expectPageAccessible(phone.page, name)
}

export async function expectPageAccessible(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.waitForFunction(() =>
      document.getAnimations().every(({ playState }) => playState !== 'running'),
    )
    await page.evaluate(axe)
    // What is framed is a page of its own, and checked as one.
    const { violations }: AxeResults = await page.evaluate('axe.run({ iframes: false })')
    const found = violations.map(({ id, nodes }) => ({
      rule: id,
      where: nodes.map(({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary}`),
    }))
    await shoot(page, `${name}-${colorScheme}`)
    expect(found, `${name}, ${colorScheme}`).toEqual([])
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'no-preference' })
}
