import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright'

/** Keeps a picture for people to look at: e2e/shots/flows/<name>.png. */
export async function shoot(page: Page, name: string): Promise<void> {
  const folder = fileURLToPath(new URL('shots/flows', import.meta.url))
  await page.screenshot({ path: `${folder}/${name}.png` })
}
