import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright'

/** Keeps a picture for people to look at: e2e/shots/flows/<name>.png. */
export async function shoot(page: Page, name: string): Promise<void> {
  await keepPicture(await page.screenshot(), name)
}

export async function keepPicture(png: Uint8Array, name: string): Promise<void> {
  const folder = fileURLToPath(new URL('shots/flows', import.meta.url))
  await mkdir(folder, { recursive: true })
  await writeFile(`${folder}/${name}.png`, png)
}
