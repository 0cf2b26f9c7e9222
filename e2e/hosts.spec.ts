import type { BrowserContext } from 'playwright'
import { afterEach, describe, expect, it } from 'vitest'
import { HostSite } from './host-site.ts'
import { NativeApp } from './native-app.ts'
import { mintSession } from './page-client.ts'
import { findPerson, takePeople } from './people.ts'
import { Phone } from './phone.ts'
import { browser, demo, openPhone, system, till } from './stage.ts'

// What hosts do to a page that the demo's own does not: apps that answer and apps that lie, a browser that
// keeps nothing, a clock that is a day off.

const NAME = '沈砚秋'
takePeople([NAME])

const DAY_MS = 86_400_000

let phone: Phone | undefined
afterEach(async () => {
  await phone?.close()
  phone = undefined
})

async function open(
  prepare: (context: BrowserContext) => Promise<unknown>,
  app?: NativeApp,
  screen: 'pay' | 'wallet' = 'pay',
) {
  phone = await openPhone(NAME, {
    screen,
    ...(app && { context: { userAgent: app.userAgent } }),
    async prepare(context) {
      await app?.attach(context)
      await prepare(context)
    },
  })
  return phone
}

const WECHAT =
  'Mozilla/5.0 (Linux; Android 14; 23127PN0CC; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/142.0.7444.173 Mobile Safari/537.36 XWEB/1420001 MMWEBSDK/20260101 MicroMessenger/8.0.68 NetType/WIFI Language/zh_CN'

/** Every storage throws, as in a frame of another site or with cookies blocked. */
const BLOCKED = `for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches']) {
  Object.defineProperty(window, name, {
    get() { throw new DOMException('The operation is insecure.', 'SecurityError') },
  })
}`

/** Has everything that an app would put there, and says nothing, or nonsense. */
const LIARS = `{
  window.webkit = { messageHandlers: { ecodeHost: { postMessage: () => new Promise(() => {}) } } }
  window.ecodeHost = { postMessage() { throw new Error('not today') } }
  window._dsbridge = { call: () => '{"code":-1}' }
  window.WebViewJavascriptBridge = {
    registerHandler() {},
    callHandler: (name, data, answer) =>
      answer({ v: 1, id: data.id, result: { nonce: 'another', caps: ['close', 'scan', 'brightness'] } }),
  }
}`

describe('a page that keeps nothing', () => {
  it('shows a code that pays, in an app as well, which is asked to make it bright', async () => {
    const app = new NativeApp('android')
    const shown = await open((context) => context.addInitScript(BLOCKED), app)
    expect((await till.pay(await shown.readCode(), '4.00')).exitCode).toBe(0)
    expect(await shown.readResult('paid')).toContain('¥')
    await shown.openCode()
    await expect.poll(() => app.brightness).toBe(1)
    expect([app.keepAwake, app.captureGuard]).toEqual([true, true])
  })

  it('takes a wish for shaking, good as long as the page is (R20)', async () => {
    const app = new NativeApp('android')
    const shown = await open((context) => context.addInitScript(BLOCKED), app, 'wallet')
    await shown.page.getByRole('switch', { name: '摇一摇打开付款码' }).click()
    await expect.poll(() => app.shake).toBe(true)
    await app.tell('shake')
    await shown.readCode()
    await app.tell('back')
    await shown.page.getByRole('heading', { level: 1, name: '钱包' }).waitFor()
    await app.tell('back')
    await expect.poll(() => app.closed).toBe(true)
  })
})

describe('a page without https', () => {
  it('leads to the BFF’s own page, signed in, where there is a code', async () => {
    const { cardNo } = findPerson(demo, NAME)
    const site = await HostSite.open()
    site.pages.set('http://card.school.example/', {
      body: `<!doctype html><html lang="zh-CN"><meta name="viewport" content="width=device-width">
<title>校园卡</title><style>html,body{height:100%;margin:0}</style><body><main id="card" style="height:100%"></main>
<script src="${system.bffUrl}/v1/ecode.js"></script><script>
  const session = async (thumbprint) =>
    (await fetch('/session', { method: 'POST', body: JSON.stringify({ thumbprint }) })).json()
  ECode.create({ school: '${demo.school.id}', subject: 's', session }).mount('#card')
</script>`,
    })
    site.pages.set('http://card.school.example/session', async ({ body }) => {
      const { thumbprint } = JSON.parse(body)
      const subject = { cardNo }
      const answer = await mintSession(system.bffUrl, demo.school, { subject, thumbprint })
      return { status: answer.status, type: 'application/json', body: await answer.text() }
    })
    const context = await browser.newContext({
      viewport: { width: 375, height: 812 },
      deviceScaleFactor: 2,
      proxy: site.proxy,
      permissions: ['local-network-access'],
    })
    const page = await context.newPage()
    phone = new Phone(page)
    await page.goto('http://card.school.example/')
    await page.getByRole('button', { name: '打开安全页面' }).waitFor()
    await phone.shoot('insecure-page')
    await page.getByRole('button', { name: '打开安全页面' }).click()
    await page.getByRole('button', { name: '出示付款码' }).click()
    expect((await till.pay(await phone.readCode(), '4.00')).exitCode).toBe(0)
    expect([new URL(page.url()).origin, new URL(page.url()).hash]).toEqual([system.bffUrl, ''])
    await site.close()
  })
})

describe('a clock that is a day off', () => {
  it.each([
    ['ahead', DAY_MS],
    ['behind', -DAY_MS],
  ])('%s: the code is the server’s, and pays', async (_, offMs) => {
    const shown = await open((context) => context.clock.install({ time: Date.now() + offMs }))
    expect((await till.pay(await shown.readCode(), '4.00')).exitCode).toBe(0)
    expect(await shown.readResult('paid')).toContain('¥')
  })
})

describe('WeChat, by its published JS-SDK and a signature of the core', () => {
  it('hides the ways to pass a code on, and has its own scanner read (R24)', async () => {
    phone = await openPhone(NAME, {
      // The demo's own page allows no scripts of WeChat's.
      context: { userAgent: WECHAT, bypassCSP: true },
    })
    const { page } = phone
    page.on('dialog', (scanner) => void scanner.accept('https://example.com/poster'))
    await phone.readCode()
    const hidden = () => page.evaluate(() => document.documentElement.dataset['weixinHidden'] ?? '')
    await expect.poll(hidden).toContain('menuItem:copyUrl')
    await page.getByRole('button', { name: '扫一扫' }).click()
    await page.getByRole('heading', { name: '这是一个网址' }).waitFor()
  })
})

describe('apps that only look like some', () => {
  it('cost nothing on the way to the code, and nothing that they claim is shown', async () => {
    const shown = await open((context) => context.addInitScript(LIARS))
    expect((await till.pay(await shown.readCode(), '4.00')).exitCode).toBe(0)
    await shown.readResult('paid')
    await shown.openCode()
    // One of them said that it can be closed, from the first page.
    await shown.page.waitForTimeout(3_000)
    expect(await shown.page.getByRole('button', { name: '返回' }).count()).toBe(0)
    expect((await till.pay(await shown.readCode(), '4.00')).exitCode).toBe(0)
  })
})
