import { execFileSync } from 'node:child_process'
import type { LaunchOptions } from 'playwright'
import { ROOT } from './system.ts'

/**
 * As every Chromium is started here.
 *
 * @param whole For what the one without a window lacks; it takes three times the processor time.
 */
export function chromiumOptions({ whole = false } = {}): LaunchOptions {
  const command = ['scripts/chromium.mjs', ...(whole ? ['--whole'] : [])]
  return {
    executablePath: execFileSync(process.execPath, command, { cwd: ROOT, encoding: 'utf8' }).trim(),
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
