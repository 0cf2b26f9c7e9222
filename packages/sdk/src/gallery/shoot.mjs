// Takes pictures of the gallery's states, to be looked at, and reads the codes on them.
//   node src/gallery/shoot.mjs [state,state…] [--widths 320x568,375x812] [--variants light,dark,care,en] [--dpr 2]

import { mkdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { dirname, extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright'

const here = dirname(fileURLToPath(import.meta.url))
const site = join(here, '../../dist/gallery')
const shots = join(here, '../../../../e2e/shots')
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    widths: { type: 'string', default: '320x568,375x812,430x932' },
    variants: { type: 'string', default: 'light,dark,care,en' },
    dpr: { type: 'string', default: '2' },
    accent: { type: 'string', default: '' },
  },
})

const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }
const server = createServer(async (request, response) => {
  const path = normalize(new URL(request.url ?? '/', 'http://gallery').pathname)
  const file = join(site, path === '/' ? 'index.html' : path)
  const body = await readFile(file).catch(() => undefined)
  response.writeHead(body ? 200 : 404, { 'content-type': types[extname(file)] ?? 'text/plain' })
  response.end(body)
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address()

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
})
await mkdir(shots, { recursive: true })
const variants = {
  light: '',
  dark: '&scheme=dark',
  care: '&care=1',
  en: '&locale=en',
  'dark-en': '&scheme=dark&locale=en',
  'care-en': '&care=1&locale=en',
  'care-dark': '&care=1&scheme=dark',
}
let taken = 0
for (const size of values.widths.split(',')) {
  const [width, height] = size.split('x').map(Number)
  const page = await browser.newPage({
    viewport: { width, height },
    deviceScaleFactor: Number(values.dpr),
  })
  page.on('pageerror', (error) => console.error('page error:', error.message))
  await page.goto(`http://127.0.0.1:${port}/`)
  const all = (await page.evaluate(() => document.documentElement.dataset.states)).split(' ')
  for (const state of positionals.length ? positionals : all) {
    for (const name of values.variants.split(',')) {
      const accent = values.accent && `&accent=${encodeURIComponent(values.accent)}`
      await page.goto(`http://127.0.0.1:${port}/?state=${state}${variants[name]}${accent}`)
      await page.waitForSelector('html[data-ready]')
      await page.waitForTimeout(650)
      await page.screenshot({ path: join(shots, `${state}-${name}-${width}.png`) })
      taken++
    }
  }
  await page.close()
}
console.log(`${taken} pictures in e2e/shots`)
await browser.close()
server.close()
