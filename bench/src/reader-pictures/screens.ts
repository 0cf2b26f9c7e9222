import { existsSync, readFileSync } from 'node:fs'
import bwip from 'bwip-js'
import type { Browser, Page, Route } from 'playwright'
import { toString as drawQrCode } from 'qrcode'
import { type GrayImage, readPng } from './gray-image.ts'
import type { CodeKind } from './shots.ts'

const SITE = 'https://phone.test'
const sdk = new URL('../../../packages/sdk/dist/', import.meta.url)
/** Around the code, CSS pixels: the paper and what else stands above and below it. */
const MARGIN = 28

/**
 * Who draws the codes, in the same place and the same outer size, which includes the quiet zone that ISO/IEC 18004 and 15417
 * ask for. bwip-js leaves it to the page: once the page sees to it, and once the bare code is stretched over the whole place.
 */
export type Drawer = 'widget' | 'qrcode' | 'bwip-js' | 'bwip-js stretched'
export const drawersOf: Record<CodeKind, readonly Drawer[]> = {
  bars: ['widget', 'bwip-js', 'bwip-js stretched'],
  qr: ['widget', 'qrcode', 'bwip-js', 'bwip-js stretched'],
}
/** What the code alone takes of the place, with quiet zones of ten modules and of four. */
const BARE: Record<CodeKind, readonly [width: number, height: number]> = {
  bars: [167 / 187, 1],
  qr: [21 / 29, 21 / 29],
}

interface Phone {
  width: number
  height: number
  dpr: number
  scheme: 'light' | 'dark'
}

/** Common phones: a small one, a large one, a dense one; by day and by night. */
const PHONES: readonly Phone[] = [
  { width: 375, height: 667, dpr: 2, scheme: 'light' },
  { width: 412, height: 915, dpr: 2.625, scheme: 'dark' },
  { width: 360, height: 780, dpr: 3, scheme: 'light' },
]
const CODES = ['711001610143221573602495', '711001687384651688819778', '711001700918273645546372']

/** The same code in the middle of the screen's full width, once by each drawer. */
export interface Screen {
  digits: string
  pictures: Record<CodeKind, Partial<Record<Drawer, GrayImage>>>
}

/** Opens the built widget as a page would, on each phone, and takes screenshots of its codes. */
export async function shootScreens(browser: Browser): Promise<Screen[]> {
  const screens: Screen[] = []
  for (const [at, phone] of PHONES.entries()) {
    screens.push(await shootScreen(browser, phone, CODES[at] ?? ''))
  }
  return screens
}

async function shootScreen(browser: Browser, phone: Phone, digits: string): Promise<Screen> {
  const { width, height, dpr: deviceScaleFactor, scheme: colorScheme } = phone
  const context = await browser.newContext({
    viewport: { width, height },
    deviceScaleFactor,
    colorScheme,
    isMobile: true,
    locale: 'zh-CN',
  })
  const page = await context.newPage()
  await page.route(`${SITE}/**`, (route) => answer(route, digits))
  await page.goto(`${SITE}/`)
  await page.locator('.qr canvas').waitFor()
  await page.locator('[part=account]').first().waitFor()
  const pictures: Screen['pictures'] = { bars: {}, qr: {} }
  for (const symbol of ['bars', 'qr'] as const) {
    for (const drawer of drawersOf[symbol]) {
      if (drawer !== 'widget') {
        const svg = await draw(drawer, symbol, digits)
        await redraw(page, symbol, svg, drawer === 'bwip-js' ? BARE[symbol] : [1, 1])
      }
      pictures[symbol][drawer] = readPng(await shoot(page, symbol))
    }
  }
  await context.close()
  return { digits, pictures }
}

/** The code's surroundings at the full width of the screen. */
async function shoot(page: Page, symbol: CodeKind): Promise<Buffer> {
  const box = await page.locator(`.${symbol} canvas`).boundingBox()
  const { width = 0 } = page.viewportSize() ?? {}
  if (!box) throw new Error(`the widget draws no ${symbol}`)
  const clip = { x: 0, y: box.y - MARGIN, width, height: box.height + 2 * MARGIN }
  return page.screenshot({ clip, animations: 'disabled' })
}

/** As SVG, which a browser draws at any size without a loss; all else is as the library has it. */
async function draw(drawer: Drawer, symbol: CodeKind, digits: string): Promise<string> {
  if (drawer === 'qrcode') return drawQrCode(digits, { type: 'svg' })
  const svg = bwip.toSVG({ bcid: symbol === 'qr' ? 'qrcode' : 'code128', text: digits })
  // The height of its bars is free; they take that of ours.
  return svg.replace('<svg ', '<svg preserveAspectRatio="none" ')
}

async function redraw(
  page: Page,
  symbol: CodeKind,
  svg: string,
  part: readonly [width: number, height: number],
): Promise<void> {
  await page.locator(`.${symbol} canvas`).evaluate(
    async (canvas: HTMLElement, [source, [across, down]]) => {
      canvas.parentElement?.querySelector('img')?.remove()
      canvas.style.visibility = 'hidden'
      const image = new Image()
      image.src = `data:image/svg+xml,${encodeURIComponent(source)}`
      const [left, top, width, height] = [
        canvas.style.left,
        canvas.style.top,
        canvas.style.width,
        canvas.style.height,
      ].map((length) => Number.parseFloat(length)) as [number, number, number, number]
      Object.assign(image.style, {
        position: 'absolute',
        left: `${left + (width * (1 - across)) / 2}px`,
        top: `${top + (height * (1 - down)) / 2}px`,
        width: `${width * across}px`,
        height: `${height * down}px`,
      })
      canvas.after(image)
      await image.decode()
    },
    [svg, part] as const,
  )
}

/** A host page, the built widget, and a BFF that always issues the same code. */
async function answer(route: Route, digits: string): Promise<void> {
  const { pathname } = new URL(route.request().url())
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString()
  const answers: Record<string, unknown> = {
    '/session': { token: 'bench', expiresAt: inAnHour },
    '/v1/me/codes': {
      codeId: '019ab000-0000-7000-8000-000000000001',
      code: digits,
      account: 'wallet',
      revealed: false,
      issuedAt: new Date().toISOString(),
      expiresAt: new Date(Date.now() + 60_000).toISOString(),
    },
    '/v1/me/accounts': {
      accounts: [
        { account: 'wallet', status: 'open', balanceFen: 12_840, asOf: inAnHour },
        { account: 'one_card', status: 'open', balanceFen: 5_620, asOf: inAnHour },
      ],
      defaultAccount: 'wallet',
      fallbackCard: null,
      limits: { singleFen: 20_000, dailyFen: 100_000, spentTodayFen: 0 },
    },
  }
  if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: HOST_PAGE })
  const json = answers[pathname]
  if (json) return route.fulfill({ json })
  const file = new URL(pathname.replace(/^\/v1\//, ''), sdk)
  if (!pathname.startsWith('/v1/me/') && existsSync(file)) {
    return route.fulfill({ contentType: 'text/javascript', body: readFileSync(file, 'utf8') })
  }
  return route.fulfill({ status: 404, json: {} })
}

const HOST_PAGE = `<!doctype html><html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<style>html, body, #ecode { height: 100%; margin: 0 }</style>
<div id="ecode"></div>
<script src="/v1/ecode.js"></script>
<script>
  ECode.create({
    school: '1001',
    subject: 'bench',
    screen: 'pay',
    baseUrl: location.origin,
    session: async () => (await fetch('/session')).json(),
  }).mount('#ecode')
</script>`
