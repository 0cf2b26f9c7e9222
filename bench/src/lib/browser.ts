import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** Why a benchmark that needs one is skipped. */
export const NO_BROWSER = 'there is no Chromium: install one, or set CHROMIUM_PATH'

/** A real Chromium, the one that the other checks use, if there is one. */
export async function openBrowser(): Promise<Browser | undefined> {
  const executablePath = findChromium()
  if (!executablePath) return undefined
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

function findChromium(): string | undefined {
  const { CHROMIUM_PATH } = process.env
  if (CHROMIUM_PATH) return CHROMIUM_PATH
  const command = ['scripts/chromium.mjs']
  const { status, stdout } = spawnSync(process.execPath, command, { cwd: ROOT, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}
