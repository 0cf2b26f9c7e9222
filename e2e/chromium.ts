import { execFileSync } from 'node:child_process'
import type { LaunchOptions } from 'playwright'
import { ROOT } from './system.ts'

/** As every Chromium is started here. */
export function chromiumOptions(): LaunchOptions {
  const executablePath =
    process.env.CHROMIUM_PATH ??
    execFileSync(process.execPath, ['scripts/chromium.mjs'], { cwd: ROOT, encoding: 'utf8' }).trim()
  return {
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  }
}
