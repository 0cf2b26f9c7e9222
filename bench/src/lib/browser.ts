import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** A real Chromium, the one that the other checks use. Throws where there is none. */
export function openBrowser(): Promise<Browser> {
  const executablePath =
    process.env['CHROMIUM_PATH'] ??
    execFileSync(process.execPath, ['scripts/chromium.mjs'], { cwd: ROOT, encoding: 'utf8' }).trim()
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  })
}
