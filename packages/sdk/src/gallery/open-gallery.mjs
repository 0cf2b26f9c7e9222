import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { dirname, extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import { build } from 'vite'

const here = dirname(fileURLToPath(import.meta.url))
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }
const variants = {
  light: '',
  dark: '&scheme=dark',
  care: '&care=1',
  en: '&locale=en',
  'dark-en': '&scheme=dark&locale=en',
  'care-en': '&care=1&locale=en',
  'care-dark': '&care=1&scheme=dark',
}

/** Builds the gallery, serves it and opens a browser on it. */
export async function openGallery() {
  await build({ configFile: join(here, 'vite.config.ts'), logLevel: 'error' })
  const site = join(here, 'dist')
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://gallery').pathname)
    const file = join(site, path === '/' ? 'index.html' : path)
    const body = await readFile(file).catch(() => undefined)
    response.writeHead(body ? 200 : 404, { 'content-type': types[extname(file)] ?? 'text/plain' })
    response.end(body)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${server.address().port}/`
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  })
  const first = await browser.newPage()
  await first.goto(origin)
  const said = await first.evaluate(() => ({ ...document.documentElement.dataset }))
  await first.close()
  return {
    states: said.states.split(' '),
    /** Drawn by the state `access`. */
    accessText: said.accessText,
    async newPage({ width, height, dpr }) {
      const page = await browser.newPage({ viewport: { width, height }, deviceScaleFactor: dpr })
      page.on('pageerror', (error) => console.error('page error:', error.message))
      return page
    },
    async show(page, state, variant, accent = '') {
      const color = accent && `&accent=${encodeURIComponent(accent)}`
      await page.goto(`${origin}?state=${state}${variants[variant]}${color}`)
      await page.waitForSelector('html[data-ready]')
    },
    async close() {
      await browser.close()
      server.close()
    },
  }
}
