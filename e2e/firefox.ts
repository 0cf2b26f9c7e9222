import { existsSync } from 'node:fs'
import puppeteer, { type Browser } from 'puppeteer-core'

const PATHS = ['/usr/bin/firefox-esr', '/usr/bin/firefox']

/** The path of a Firefox on this machine; nothing where there is none. Debian: `apt-get install firefox-esr`. */
export function findFirefox(): string | undefined {
  return PATHS.find((path) => existsSync(path))
}

/** A real Firefox, driven by WebDriver BiDi, which it speaks by itself. */
export function launchFirefox(executablePath: string): Promise<Browser> {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath,
    // It asks for nothing beyond the pages.
    extraPrefsFirefox: { 'network.captive-portal-service.enabled': false },
  })
}
