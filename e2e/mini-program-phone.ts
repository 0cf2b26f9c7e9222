import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright'
import { PNG } from 'pngjs'
import { keepPicture } from './shoot.ts'
import { ROOT } from './system.ts'

const EXAMPLE = join(ROOT, 'examples/mini-program')

/** What examples/mini-program/testing/open-phone.mjs gives: its pages in WeChat's simulator. */
export interface MiniProgramPhone {
  said: {
    brightness: number
    logins: number
    went: string[]
    toasts: string[]
    /** What its camera sees when the scanner is opened. */
    scanned: string | undefined
    requests: string[]
    /** The next request carries a token that nobody has sealed. */
    spoilNextToken: boolean
  }
  instance: { data: { src?: string } }
  openPage(name: 'pay' | 'web', query?: Record<string, string>): void
  /** Opens the page that the one on display has asked for, over it. */
  follow(): void
  /** That page is left for the one below. */
  goBack(): void
  show(): void
  hide(): void
  text(): string
  texts(selector: string): string[]
  html(): string
  styles(): string
  tap(selector: string, at?: number): void
  picture(name: 'qr' | 'bars'): { width: number; height: number; gray: Uint8Array } | undefined
  end(): void
}

interface Testing {
  openPhone(options: {
    config: { bffUrl: string; schoolId: string }
    login: () => Promise<string | undefined>
    language?: string
  }): Promise<MiniProgramPhone>
}

const load = (file: string) => import(pathToFileURL(join(EXAMPLE, file)).href)
export const { openPhone } = (await load('testing/open-phone.mjs')) as Testing
export const { missingCompiler } = (await load('testing/missing-compiler.mjs')) as {
  missingCompiler: () => string | undefined
}

/** A code's pixels, as a till's camera gets them. */
export function toPng({
  width,
  height,
  gray,
}: {
  width: number
  height: number
  gray: Uint8Array
}) {
  const png = new PNG({ width, height })
  gray.forEach((value, at) => {
    png.data.fill(value, at * 4, at * 4 + 3)
    png.data[at * 4 + 3] = 255
  })
  return PNG.sync.write(png)
}

/** Draws what the simulator has, in a real browser, for people to look at. */
export async function shootPage(
  browser: Browser,
  phone: MiniProgramPhone,
  name: string,
  { dark = false, appStyle }: { dark?: boolean; appStyle: string },
): Promise<void> {
  const page = await browser.newPage({
    viewport: { width: 375, height: 812 },
    deviceScaleFactor: 2,
    colorScheme: dark ? 'dark' : 'light',
  })
  // Tags are WeChat's own, and of the root a page is what `body` is here.
  const style = `${TAGS}${appStyle.replaceAll(/^(\s*)page \{/gm, '$1body {')}`
  await page.setContent(`<style>${style}</style>${phone.styles()}${phone.html()}`)
  const pictures = (['bars', 'qr'] as const).flatMap((each) => phone.picture(each) ?? [])
  const urls = pictures.map((each) => `data:image/png;base64,${toPng(each).toString('base64')}`)
  await page.evaluate((urls) => {
    document.querySelectorAll<HTMLElement>('wx-canvas').forEach((canvas, at) => {
      canvas.style.backgroundImage = `url(${urls[at]})`
    })
  }, urls)
  await keepPicture(await page.screenshot(), name)
  await page.close()
}

const TAGS = `
pay, web, wx-view, wx-button, wx-canvas { display: block }
wx-text { display: inline; white-space: pre-line }
wx-button { position: relative; box-sizing: border-box; text-align: center; overflow: hidden }
wx-canvas { background-size: 100% 100%; image-rendering: pixelated }
body { margin: 0; font-family: 'Noto Sans CJK SC', sans-serif }
`
