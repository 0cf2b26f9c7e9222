import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findFirefox, launchFirefox } from './firefox.ts'
import { findPerson, takePeople } from './people.ts'
import { readers } from './read-codes.ts'
import { keepPicture } from './shoot.ts'
import { demo, system, till } from './stage.ts'

takePeople(['顾明远'])

const WAIT_MS = 45_000
const executable = findFirefox()
if (!executable) {
  console.warn('\n  Firefox is NOT tested: there is none. Debian: apt-get install firefox-esr\n')
}

describe.skipIf(!executable)(`in Firefox${executable ? '' : ' (skipped: there is none)'}`, () => {
  let browser: Browser
  let page: Page
  const scan = async () => (await readers.zxing(await page.screenshot())).qr[0] ?? ''
  beforeAll(async () => {
    browser = await launchFirefox(executable ?? '')
    page = await browser.newPage()
    await page.setViewport({ width: 390, height: 812, deviceScaleFactor: 2 })
    const { id } = findPerson(demo, '顾明远')
    await page.goto(`${system.demoUrl}/phone?person=${id}&screen=pay`)
  })
  afterAll(() => browser.close())

  it('draws a first code that a reader takes from the screen, and hears what it paid (R19, R22)', async () => {
    await expect.poll(scan, { timeout: WAIT_MS }).toMatch(/^71/)
    expect(await till.pay(await scan(), '0.50')).toMatchObject({ exitCode: 0 })
    await page.waitForSelector('#ecode >>> [part=outcome].paid', { timeout: WAIT_MS })
    await keepPicture(await page.screenshot(), 'firefox-paid')
  })
})
