// Takes pictures of the keypad page's states into e2e/shots, to be looked at, after `npm run build`:
//   node shoot.mjs [state …] [--sizes 320x568,375x812] [--variants light,dark,en,dark-en]
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright'

const built = fileURLToPath(new URL('../dist/keypad-page', import.meta.url))
const shots = fileURLToPath(new URL('../../../e2e/shots', import.meta.url))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sizes: { type: 'string', default: '320x568,375x812,430x932' },
    variants: { type: 'string', default: 'light,dark,en' },
    out: { type: 'string', default: shots },
  },
})
const types = { '.js': 'text/javascript', '.css': 'text/css' }
const files = await readdir(built)
const fileOf = (ending) => files.find((name) => name.endsWith(ending))
const id = '0192f0c0-0000-7000-8000-000000000001'
const TOP_UP = { amountFen: 20_000, cardId: id, kind: 'top_up', transferId: id }
const card = { bankName: '建设银行', tail: '1234' }

/** Digits are typed one after the other; `problem` is what the core answers to them. */
const states = {
  'top-up': { action: TOP_UP, card, type: '417' },
  pay: {
    action: { kind: 'pay', paymentId: id },
    payment: { merchant: '第一食堂 · 3号窗口', amountFen: 1250 },
  },
  wrong: {
    action: TOP_UP,
    card,
    type: '417291',
    problem: { code: 'PASSWORD_WRONG', triesLeft: 3 },
  },
  locked: { action: TOP_UP, card, type: '417291', problem: { code: 'PASSWORD_LOCKED' } },
  phrase: { action: { kind: 'set_password', verificationId: id }, phrase: null },
  'set-new': {
    action: { kind: 'set_password', verificationId: id },
    phrase: null,
    idea: true,
    type: '41',
  },
  'set-again': {
    action: { kind: 'set_password', verificationId: id },
    phrase: null,
    idea: true,
    type: '417290',
  },
  'set-differs': {
    action: { kind: 'set_password', verificationId: id },
    phrase: null,
    idea: true,
    type: '417290417291',
  },
  'change-old': { action: { kind: 'change_password' } },
  limits: { action: { dailyFen: 200_000, kind: 'raise_limits', singleFen: 50_000 } },
  device: { action: { enrolmentId: id, kind: 'enrol_device' }, deviceLabel: 'iPhone · 校园App' },
  expired: { action: TOP_UP, card, expiresInSeconds: 0 },
  // Last: it goes away by itself.
  approved: { action: TOP_UP, card, type: '417290' },
}

const curve = { name: 'ECDH', namedCurve: 'P-256' }
const pair = await crypto.subtle.generateKey(curve, true, ['deriveBits'])
const point = await crypto.subtle.exportKey('raw', pair.publicKey)
const publicKey = Buffer.from(point).toString('base64url')

let shown
const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://keypad')
  const file = files.find((name) => pathname === `/keypad/${name}`)
  if (file) {
    response.writeHead(200, { 'content-type': types[extname(file)] })
    return response.end(await readFile(join(built, file)))
  }
  if (request.method === 'POST') {
    const { problem } = states[shown.state]
    response.writeHead(problem ? 403 : 200, { 'content-type': 'application/json' })
    return response.end(JSON.stringify(problem ?? { status: 'approved' }))
  }
  response.writeHead(200, { 'content-type': 'text/html' })
  response.end(html(shown))
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const origin = `http://127.0.0.1:${server.address().port}`

function html({ state, lang }) {
  const { action, ...given } = states[state]
  const page = {
    approvalId: id,
    challenge: 'A'.repeat(43),
    publicKey,
    secret: 'secret',
    returnTo: `${origin}/back`,
    expiresInSeconds: 180,
    school: {
      name: '云谷大学',
      nameEn: 'Yungu University',
      accent: '#1d4ed8',
      supportContact: '卡务中心',
    },
    phrase: '窗外有棵银杏树',
    card: null,
    payment: null,
    deviceLabel: null,
    ...given,
    action: JSON.stringify(action),
  }
  const data = JSON.stringify(page).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
  return `<!doctype html><html lang="${lang}" data-page="${data}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<link rel="stylesheet" href="/keypad/${fileOf('.css')}"><script src="/keypad/${fileOf('.js')}" defer></script></head><body></body></html>`
}

await mkdir(values.out, { recursive: true })
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
})
for (const size of values.sizes.split(',')) {
  const [width, height] = size.split('x').map(Number)
  for (const variant of values.variants.split(',')) {
    const colorScheme = variant.startsWith('dark') ? 'dark' : 'light'
    const lang = variant.endsWith('en') ? 'en' : 'zh-CN'
    const page = await browser.newPage({
      viewport: { width, height },
      deviceScaleFactor: 2,
      colorScheme,
    })
    page.on('pageerror', (error) => console.error('page error:', error.message))
    for (const [state, { type = '', idea }] of Object.entries(states)) {
      if (positionals.length > 0 && !positionals.includes(state)) continue
      shown = { state, lang }
      await page.goto(`${origin}/keypad?${state}`)
      if (idea) {
        await page.click('.idea')
        await page.click('[type=submit]')
      }
      for (const digit of type) {
        await page.waitForFunction(() => !document.querySelector('.busy'))
        await page.keyboard.press(digit)
      }
      await page.waitForTimeout(type.length % 6 === 0 && type ? 420 : 100)
      await page.screenshot({ path: join(values.out, `keypad-${state}-${width}-${variant}.png`) })
    }
    await page.close()
  }
}
await browser.close()
server.close()
