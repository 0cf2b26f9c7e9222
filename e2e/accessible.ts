import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { AxeResults } from 'axe-core'
import { expect } from 'vitest'
import type { Phone } from './phone.ts'

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

/** axe finds nothing wrong with what is on screen, by day and by night; keeps a picture of each. */
export async function expectAccessible(phone: Phone, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await phone.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await phone.page.waitForFunction(() =>
      document.getAnimations().every(({ playState }) => playState !== 'running'),
    )
    await phone.page.evaluate(axe)
    const { violations }: AxeResults = await phone.page.evaluate('axe.run()')
    const found = violations.map(({ id, nodes }) => ({
      rule: id,
      where: nodes.map(({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary}`),
    }))
    await phone.shoot(`${name}-${colorScheme}`)
    expect(found, `${name}, ${colorScheme}`).toEqual([])
  }
  await phone.page.emulateMedia({ colorScheme: 'light', reducedMotion: 'no-preference' })
}
