import type { Browser, BrowserContext } from 'playwright'
import type { Benchmark } from '../benchmark.ts'
import { openBrowser } from '../lib/browser.ts'
import { bundle } from '../lib/bundle.ts'
import { runPairs } from '../lib/pairs.ts'
import { enrol } from './enrol.ts'
import { installProbe, type Moments } from './probe.ts'
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
    const [system, browser] = await Promise.all([startSystem(), openBrowser()])
    try {
      const { demo, sandboxUrl } = system
      const person = demo.people.find(({ class: of }) => of === 'student')
      const url = `${demo.demoUrl}/phone?screen=pay&person=${person?.id}`
      const { scripts } = await bundle(new URL('blank-page.js', import.meta.url))
      const blank = await openBlank(browser, scripts.join(''))
      const peer = async () => (await visit(blank, BLANK_URL)).bars

      const qrs: number[] = []
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
          const { bars, qr, sent } = await visit(enrolled, url)
          if (sent.length) console.error(`  sent before the code: ${sent.join(', ')}`)
          qrs.push(qr)
          return bars
        },
        peer,
      )
      console.error(qrs.join(' '))
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
  await page.goto(url)
  const both = url !== BLANK_URL
  const wanted = both ? ['bars', 'qr'] : ['bars']
  await page.waitForFunction(
    (names) => names.every((name) => window.moments[name as keyof Moments] !== undefined),
    wanted,
  )
  const result = await page.evaluate(() => {
    const { start = Number.NaN, bars = Number.NaN, qr = Number.NaN } = window.moments
    const sent = performance
      .getEntriesByType('resource')
      .map((entry) => entry as PerformanceResourceTiming)
      .filter(
        ({ startTime, transferSize }) => startTime > start && startTime < bars && transferSize,
      )
      .map(({ name }) => name)
    return { bars: bars - start, qr: qr - start, sent }
  })
  await page.close()
  return result
}
