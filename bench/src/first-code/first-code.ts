import type { Browser, BrowserContext } from 'playwright'
import type { Benchmark } from '../benchmark.ts'
import { NO_BROWSER, openBrowser } from '../lib/browser.ts'
import { bundle } from '../lib/bundle.ts'
import { runPairs } from '../lib/pairs.ts'
import { median } from '../lib/stats.ts'
import { enrol } from './enrol.ts'
import { installProbe } from './probe.ts'
import { startSystem } from './system.ts'

const CPU_SLOWDOWN = 4
const WARM_PAIRS = 15
const COLD_PAIRS = 7
const PHONE = {
  viewport: { width: 375, height: 812 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
  locale: 'zh-CN',
}

/**
 * From the moment the loader begins to run until the pixels of the bars are on the screen, in a whole
 * system as `npm start` starts it, beside the same for a bundle of Preact that renders one empty element.
 */
export const firstCode: Benchmark = {
  name: 'first-code',
  title: `Script start to a code on the screen, Chromium at ${CPU_SLOWDOWN}× CPU slow-down, ms`,
  async run() {
    const browser = await openBrowser()
    if (!browser) return { skipped: NO_BROWSER }
    const system = await startSystem().catch(async (error) => {
      await browser.close()
      throw error
    })
    try {
      const { demo, sandboxUrl } = system
      const person = demo.people.find(({ class: of }) => of === 'student')
      const url = `${demo.demoUrl}/phone?screen=pay&person=${person?.id}`
      const { scripts } = await bundle(new URL('blank-page.js', import.meta.url))
      const blank = await openBlank(browser, scripts.join(''))
      const peer = async () => (await visit(blank, BLANK_URL)).bars

      const qrs: number[] = []
      const requests: number[] = []
      const cold = await runPairs(
        COLD_PAIRS,
        async () => {
          const context = await openPhone(browser)
          const { bars } = await visit(context, url)
          await context.close()
          return bars
        },
        peer,
      )
      const enrolled = await openPhone(browser)
      await enrol(enrolled, url, sandboxUrl)
      const warm = await runPairs(
        WARM_PAIRS,
        async () => {
          const { bars, qr, asked } = await visit(enrolled, url)
          qrs.push(qr)
          requests.push(asked)
          return bars
        },
        peer,
      )
      const round = (ms: number) => `${Math.round(ms)} ms`
      return [
        {
          measure: 'warm: enrolled, scripts in the cache',
          ours: round(warm.ours),
          peer: `blank Preact render ${round(warm.peer)}`,
          value: warm.ours,
          target: { atMost: 100 },
        },
        {
          measure: 'warm: until its QR stands below it',
          ours: round(median(qrs)),
          peer: `blank Preact render ${round(warm.peer)}`,
          value: median(qrs),
        },
        {
          measure: 'warm: requests before the code, the cached scripts aside',
          ours: String(Math.max(...requests)),
          peer: 'none',
          value: Math.max(...requests),
          target: { atMost: 0 },
        },
        {
          measure: 'cold: first visit, empty cache',
          ours: round(cold.ours),
          peer: `blank Preact render ${round(cold.peer)}`,
          value: cold.ours,
        },
      ]
    } finally {
      await browser.close()
      await system.stop()
    }
  },
}

const BLANK_URL = 'http://blank.test/'

async function openPhone(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext(PHONE)
  await context.addInitScript(installProbe)
  return context
}

async function openBlank(browser: Browser, script: string): Promise<BrowserContext> {
  const context = await openPhone(browser)
  const body = `<!doctype html><body><script>moments.start=performance.now()</script><script>${script}</script>`
  await context.route(BLANK_URL, (route) => route.fulfill({ contentType: 'text/html', body }))
  return context
}

/** Opens the page as from a link, and waits for what it draws. */
async function visit(context: BrowserContext, url: string) {
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN })
  const last = url === BLANK_URL ? 'bars' : 'qr'
  const painted = page.waitForEvent('console', (message) => message.text() === `painted ${last}`)
  await Promise.all([painted, page.goto(url, { waitUntil: 'commit' })])
  const result = await page.evaluate(() => {
    const { start = Number.NaN, bars = Number.NaN, qr = Number.NaN } = window.moments
    const asked = performance
      .getEntriesByType('resource')
      .map((entry) => entry as PerformanceResourceTiming)
      .filter(({ initiatorType }) => initiatorType === 'fetch')
      .filter(({ startTime }) => startTime > start && startTime < bars).length
    return { bars: bars - start, qr: qr - start, asked }
  })
  await page.close()
  return result
}
