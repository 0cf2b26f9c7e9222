import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Approval, ApprovalAction, KeypadMessage } from '@campus-ecode/protocol/approvals'
import { type Browser, chromium, type Frame, type Page } from 'playwright'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHttpServer } from '../http/http-server.ts'
import type { CoreApp } from '../http/mount-routes.ts'
import { KeysUnavailable } from '../keys/keys-unavailable.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { createTestKeypad, type TestKeypad } from '../testing/keypad.ts'
import { createKeypadApp } from './keypad-app.ts'
import { readPageAssets } from './page-assets.ts'

// The real page in a real browser, framed by a page of another origin: what the policy forbids, what
// the frame tells, and what is typed on keys cannot be seen any other way.
const ROOT = fileURLToPath(new URL('../../../..', import.meta.url))

let keysAway = false
let core: HttpCore
let keypad: TestKeypad
let assetsDir: string
let browser: Browser
let keypadOrigin: string
let hostOrigin: string
const servers: Server[] = []

async function listen(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  servers.push(server)
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

beforeAll(async () => {
  assetsDir = await mkdtemp(join(tmpdir(), 'keypad-page-'))
  const root = join(ROOT, 'packages/core/keypad')
  await build({ root, logLevel: 'error', build: { outDir: assetsDir } })
  core = await createHttpCore((services) => ({
    ...services,
    keys: {
      ...services.keys,
      async keypadPublicKey() {
        if (keysAway) throw new KeysUnavailable()
        return services.keys.keypadPublicKey()
      },
    },
  }))
  keypad = await createTestKeypad(core)
  let app: CoreApp | undefined
  const later = { fetch: (...args: Parameters<CoreApp['fetch']>) => app?.fetch(...args) }
  keypadOrigin = await listen(createHttpServer(later as CoreApp, core.services))
  const assets = await readPageAssets(assetsDir)
  app = createKeypadApp(core.services, { origin: keypadOrigin, proxyCount: 0 }, assets)
  hostOrigin = await listen(
    createServer((_, response) => {
      response.setHeader('content-type', 'text/html')
      response.end('<!doctype html><title>host</title><body></body>')
    }),
  )
  await core.services.db.pool.query('update schools set origins = $1', [
    ['https://school.example', hostOrigin],
  ])
  const path = execFileSync(process.execPath, ['scripts/chromium.mjs'], { cwd: ROOT })
  browser = await chromium.launch({
    executablePath: path.toString().trim(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
})
afterAll(async () => {
  await browser?.close()
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  await keypad?.close()
  await core?.close()
  if (assetsDir) await rm(assetsDir, { recursive: true })
})

async function ask(personId: string, action: ApprovalAction): Promise<Approval> {
  const body = { action, returnTo: `${hostOrigin}/wallet` }
  return (await core.call('startApproval', { params: { personId }, body })).body
}

/** Opens the keypad by a form, as the widget does. */
async function open(ticket: string, { framed = true, locale = 'zh-CN', origin = hostOrigin } = {}) {
  const page = await browser.newPage({
    viewport: { width: 375, height: 812 },
    locale,
    reducedMotion: 'reduce',
  })
  const troubles: string[] = []
  page.on('pageerror', (error) => troubles.push(error.message))
  page.on('console', (line) => line.type() === 'error' && troubles.push(line.text()))
  const messages: KeypadMessage[] = []
  await page.exposeFunction('hear', (message: KeypadMessage) => void messages.push(message))
  await page.goto(origin)
  const target = framed ? 'keypad' : '_top'
  const html = `<iframe name="keypad" width="375" height="600"></iframe>
    <form method="post" action="${keypadOrigin}/keypad" target="${target}">
    <input name="ticket" value="${ticket}"></form>`
  await page.evaluate(`document.body.innerHTML = ${JSON.stringify(html)}`)
  await page.evaluate(`addEventListener('message', ({ data }) => hear(data))`)
  await page.evaluate(`document.querySelector('form').submit()`)
  return { page, messages, troubles }
}

async function frameOf(page: Page): Promise<Frame> {
  const frame = page.frame('keypad')
  if (!frame) throw new Error('no frame')
  await frame.waitForSelector('.keys, form, .notice, .plain')
  return frame
}

async function tap(frame: Frame, digits: string): Promise<void> {
  await frame.waitForSelector('.keys:not(.busy)')
  for (const digit of digits) await frame.click(`.keys button:text-is("${digit}")`)
}

const told = (messages: KeypadMessage[], event: KeypadMessage['event']) =>
  expect.poll(() => messages.map((message) => message.event)).toContain(event)

describe('the page of the keypad (R16)', () => {
  it('sets a password with a phrase, and shows it when the password is asked for', async () => {
    const personId = await keypad.addPerson()
    const verificationId = await keypad.verify(personId)
    const set = await open((await ask(personId, { kind: 'set_password', verificationId })).ticket)
    const frame = await frameOf(set.page)
    await frame.fill('#phrase', '操场边的风')
    await frame.click('[type=submit]')
    await tap(frame, '111111')
    await tap(frame, '111111')
    await expect.poll(() => frame.textContent('.status')).toContain('太简单')
    await tap(frame, '417290')
    await tap(frame, '417291')
    await expect.poll(() => frame.textContent('.status')).toContain('不一样')
    await tap(frame, '417290')
    await tap(frame, '417290')
    await told(set.messages, 'approved')
    // The one refusal is seen by the browser too; the policy has forbidden nothing.
    expect(set.troubles.filter((line) => !line.includes('422'))).toEqual([])
    await set.page.close()

    const { page, messages, troubles } = await open(
      (await ask(personId, { kind: 'close_wallet' })).ticket,
    )
    const asked = await frameOf(page)
    expect(await asked.textContent('.words')).toBe('操场边的风')
    expect(await asked.textContent('h1')).toBe('注销电子钱包')
    await tap(asked, '417290')
    await told(messages, 'approved')
    expect(messages[0]).toMatchObject({ type: 'ecode-keypad', event: 'ready' })
    expect(messages[0]?.heightPx).toBeGreaterThan(300)
    expect(troubles).toEqual([])
    await page.close()
  })

  it('says how many digits there are and never which, and takes the keyboard', async () => {
    const personId = await keypad.addPersonWithPassword('417290')
    const { ticket } = await ask(personId, { kind: 'close_wallet' })
    const { page, messages } = await open(ticket, { locale: 'en-GB' })
    const frame = await frameOf(page)
    await frame.focus('.keys button')
    for (const key of ['4', '1', '7', 'Backspace', '7']) await page.keyboard.press(key)
    await expect.poll(() => frame.textContent('.spoken')).toBe('3 of 6 entered')
    const main = (await frame.textContent('main')) ?? ''
    expect(main).not.toContain('417')
    await page.keyboard.press('Escape')
    await told(messages, 'cancelled')
    await page.close()
  })

  it('says what is wrong in words, and how to go on when it locks', async () => {
    const personId = await keypad.addPersonWithPassword('417290')
    const { page, messages } = await open((await ask(personId, { kind: 'close_wallet' })).ticket)
    const frame = await frameOf(page)
    for (const left of [4, 3, 2, 1]) {
      await tap(frame, '417291')
      await expect.poll(() => frame.textContent('.status')).toContain(`还可以试 ${left} 次`)
    }
    await tap(frame, '417291')
    await told(messages, 'locked')
    expect(await frame.textContent('.notice')).toContain('用已绑定的银行卡验证后可以重设')
    await page.close()
  })

  it('goes back to where it came from when it stands at top level', async () => {
    const personId = await keypad.addPersonWithPassword('417290')
    const { ticket, approvalId } = await ask(personId, { kind: 'close_wallet' })
    const { page } = await open(ticket, { framed: false })
    await page.waitForSelector('.keys')
    await tap(page.mainFrame(), '417290')
    await page.waitForURL(`${hostOrigin}/wallet`)
    const params = { personId, approvalId }
    expect((await core.call('getApproval', { params })).body.status).toBe('approved')
    await page.close()
  })

  it('does not show in a frame of anybody else', async () => {
    const personId = await keypad.addPersonWithPassword('417290')
    const { ticket } = await ask(personId, { kind: 'close_wallet' })
    const stranger = hostOrigin.replace('127.0.0.1', 'localhost')
    const { page, messages, troubles } = await open(ticket, { origin: stranger })
    await expect.poll(() => troubles.join()).toContain('frame-ancestors')
    expect(messages).toEqual([])
    await page.close()
  })

  it('says in any frame why there is no keypad, and tells whoever framed it', async () => {
    const personId = await keypad.addPersonWithPassword('417290')
    const { ticket } = await ask(personId, { kind: 'close_wallet' })
    keysAway = true
    const failed = await open(ticket)
    await told(failed.messages, 'unavailable')
    expect(await (await frameOf(failed.page)).textContent('.plain')).toContain('暂时打不开')
    await failed.page.close()
    keysAway = false
    // The ticket was used up all the same.
    const used = await open(ticket, { locale: 'en-GB' })
    await told(used.messages, 'expired')
    expect(await (await frameOf(used.page)).textContent('.plain')).toContain('no longer valid')
    expect(used.messages).toEqual([{ type: 'ecode-keypad', event: 'expired' }])
    // Its policy has forbidden nothing; the browser itself notes the status.
    expect(used.troubles.filter((line) => !line.includes('410'))).toEqual([])
    await used.page.close()
  })

  it('sends what was typed to its own origin alone, and sealed', async () => {
    const personId = await keypad.addPersonWithPassword('417290')
    const { ticket } = await ask(personId, { kind: 'close_wallet' })
    const { page, messages } = await open(ticket)
    const frame = await frameOf(page)
    const sent: { url: string; body: string }[] = []
    page.on('request', (asked) => sent.push({ url: asked.url(), body: asked.postData() ?? '' }))
    await tap(frame, '417290')
    await told(messages, 'approved')
    const posts = sent.filter(({ body }) => body !== '')
    expect(posts.map(({ url }) => url)).toEqual([`${keypadOrigin}/keypad/entries`])
    expect(JSON.stringify(sent) + JSON.stringify(messages)).not.toContain('417290')
    expect(await frame.content()).not.toContain('417290')
    // Nor does the document keep what would let somebody else enter for the page.
    expect(await frame.content()).not.toContain('data-page')
    await page.close()
  })
})
