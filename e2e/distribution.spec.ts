import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '@campus-ecode/processes/free-ports'
import { oneTimeStep } from '@campus-ecode/protocol/one-time'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, HostSite } from './host-site.ts'
import { mintSession } from './page-client.ts'
import { findPerson, takePeople } from './people.ts'
import { Phone } from './phone.ts'
import { browser, demo, sandbox, system, till } from './stage.ts'
import { ROOT } from './system.ts'

takePeople(['罗一鸣'])

const { bffUrl, demoUrl } = system
const { cardNo } = findPerson(demo, '罗一鸣')
const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 812 },
  deviceScaleFactor: 2,
  timezoneId: 'Asia/Shanghai',
  // What a page gets by a proxy has no address that Chromium knows.
  permissions: ['local-network-access'],
}
const SDK = join(ROOT, 'packages/sdk/dist')
const manifest = JSON.parse(readFileSync(join(SDK, 'manifest.json'), 'utf8'))
const exact = `${bffUrl}/${manifest.version}`

let site: HostSite
const complaints: string[] = []
beforeAll(async () => {
  site = await HostSite.open()
  site.pages.set(`${demoUrl}/favicon.ico`, { type: 'image/x-icon', body: '' })
  site.pages.set(`${demoUrl}/ecode-session`, async ({ body }) => {
    const { thumbprint } = JSON.parse(body)
    const answer = await mintSession(bffUrl, demo.school, { subject: { cardNo }, thumbprint })
    return { status: answer.status, type: 'application/json', body: await answer.text() }
  })
})
afterAll(() => site.close())
afterEach(() => void complaints.splice(0))

const CREATE = (options = '') => `
  const ecode = ECode.create({
    school: '${demo.school.id}', subject: 'somebody', screen: 'pay', ${options}
    session: async (thumbprint) => (await fetch('/ecode-session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ thumbprint }),
    })).json(),
  })
  window.errors = []
  ecode.on('error', ({ code }) => errors.push(code))
  ecode.mount('#ecode').catch(() => {})`

function page(body: string, headers: Record<string, string> = {}): Answer {
  const style = '<link rel="stylesheet" href="/host.css">'
  return {
    headers,
    body: `<!doctype html><html lang="zh-CN"><head><title>校园</title>${style}</head>
      <body>${body}</body></html>`,
  }
}
/** Opens our page at an origin of the school. */
async function open(
  tag: string,
  { script = CREATE(), csp }: { script?: string; csp?: string } = {},
  given?: BrowserContext,
): Promise<Page> {
  const headers: Record<string, string> = csp ? { 'content-security-policy': csp } : {}
  const nonce = csp?.match(/'nonce-(\w+)'/)?.[1]
  const own = `<script${nonce ? ` nonce="${nonce}"` : ''} src="/host.js"></script>`
  site.pages.set(`${demoUrl}/host`, page(`<main id="ecode"></main>${tag}${own}`, headers))
  site.pages.set(`${demoUrl}/host.js`, { type: 'text/javascript', body: script })
  site.pages.set(`${demoUrl}/host.css`, { type: 'text/css', body: 'main { height: 780px }' })
  const context = given ?? (await browser.newContext({ ...PHONE, proxy: site.proxy }))
  const opened = watch(await context.newPage())
  await opened.goto(`${demoUrl}/host`)
  return opened
}

/** Notes what a developer would find in the console. */
function watch(opened: Page): Page {
  opened.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  opened.on('pageerror', (error) => complaints.push(String(error)))
  return opened
}
const widgetOf = (opened: Page) => new Phone(opened, opened.locator('#ecode'))
const tagOf = (name: string, integrity: string) =>
  `<script src="${exact}/${name}" integrity="${integrity}" crossorigin="anonymous"></script>`

describe('docs/embed.md', () => {
  it('leads to a first page by its two files as they stand there', async () => {
    const text = readFileSync(join(ROOT, 'docs/embed.md'), 'utf8')
    const read = (language: string) =>
      new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(text)?.[1] ?? ''
    const folder = mkdtempSync(join(tmpdir(), 'campus-ecode-first-page-'))
    writeFileSync(join(folder, 'server.mjs'), read('js'))
    writeFileSync(
      join(folder, 'index.html'),
      read('html').replace('http://127.0.0.1:8080', () => bffUrl),
    )
    const port = await findFreePort()
    const { id: SCHOOL_ID, secret: SCHOOL_SECRET } = demo.school
    const env = { BFF_URL: bffUrl, SCHOOL_ID, SCHOOL_SECRET, CARD_NO: cardNo, PORT: `${port}` }
    const server = spawn(process.execPath, ['server.mjs'], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(server.stdout, 'data')
    // The address that the demo has registered; another system on this machine may have it.
    const own = 'http://127.0.0.1:8085'
    site.pages.set(`${own}/`, async () => ({
      body: await (await fetch(`http://127.0.0.1:${port}/`)).text(),
    }))
    site.pages.set(`${own}/ecode-session`, async ({ body }) => {
      const answer = await fetch(`http://127.0.0.1:${port}/ecode-session`, { method: 'POST', body })
      return { status: answer.status, type: 'application/json', body: await answer.text() }
    })
    site.pages.set(`${own}/favicon.ico`, { type: 'image/x-icon', body: '' })
    const context = await browser.newContext({ ...PHONE, proxy: site.proxy })
    const opened = watch(await context.newPage())
    await opened.goto(`${own}/`)
    await opened.locator('#ecode [part=balances]').waitFor()
    expect(complaints).toEqual([])
    server.kill()
    rmSync(folder, { recursive: true })
    await context.close()
  })
})

describe('the playground', () => {
  it('shows what passes between page, server and BFF, masked, and explains what fails', async () => {
    const context = await browser.newContext({ ...PHONE, viewport: { width: 1280, height: 900 } })
    const opened = watch(await context.newPage())
    await opened.goto(`${demoUrl}/playground`)
    await opened.selectOption('[name=person]', { label: '罗一鸣' })
    await opened.locator('#ecode [part=balances]').waitFor()
    const log = opened.locator('#log')
    await log.getByText('your server → BFF').first().waitFor()
    const told = await log.textContent()
    expect(told).toContain(`"cardNo": "${cardNo}"`)
    expect(told).toContain('"authorization": "Basic ••••••••"')
    expect(told).not.toContain(demo.school.secret)
    await opened.selectOption('[name=locale]', 'en')
    await opened.locator('#ecode').getByText('Show code').waitFor()
    expect(await opened.textContent('#code')).toContain("locale: 'en'")
    expect(complaints).toEqual([])
    await opened.check('[name=failing]')
    await opened.click('#remount')
    await log.getByText(`${bffUrl}/errors/SESSION_PROVIDER_FAILED`).waitFor()
    await context.close()
  })
})

describe('an exact version with its integrity', () => {
  it('is loaded, and loads its parts', async () => {
    const opened = await open(tagOf('ecode.js', manifest.integrity['ecode.js']))
    await widgetOf(opened).waitForCode()
    expect(site.asked).toContain(`GET ${exact}/${manifest.parts.widget.file}`)
    expect(complaints).toEqual([])
    await opened.context().close()
  })

  it('is refused when it was tampered with, and so is each of its parts', async () => {
    const headers = { 'access-control-allow-origin': '*' }
    const tamper = (file: string) => {
      const body = `${readFileSync(join(SDK, file), 'utf8')};window.tampered = true`
      site.pages.set(`${exact}/${file}`, { type: 'text/javascript', headers, body })
      return `sha256-${createHash('sha256').update(body).digest('base64')}`
    }
    const tag = tagOf('ecode.js', manifest.integrity['ecode.js'])
    tamper('ecode.js')
    const first = await open(tag)
    expect(await first.evaluate('typeof ECode + typeof window.tampered')).toBe('undefinedundefined')
    site.pages.delete(`${exact}/ecode.js`)
    // Who can change a file can change what the list says of it.
    const widget = { ...manifest.parts.widget, integrity: tamper(manifest.parts.widget.file) }
    const body = JSON.stringify({ ...manifest, parts: { ...manifest.parts, widget } })
    site.pages.set(`${exact}/manifest.json`, { type: 'application/json', headers, body })
    const second = await open(tag, {}, first.context())
    await second.getByText('加载失败').waitFor()
    expect(await second.evaluate('[errors, typeof window.tampered]')).toEqual([
      ['LOAD_FAILED'],
      'undefined',
    ])
    for (const file of [manifest.parts.widget.file, 'manifest.json']) {
      site.pages.delete(`${exact}/${file}`)
    }
    await first.context().close()
  })
})

describe('a host with Trusted Types and a policy of nonces', () => {
  const policy = (trusted: string) =>
    [
      "default-src 'none'",
      "script-src 'nonce-abc123'",
      `connect-src 'self' ${bffUrl}`,
      "style-src 'self'",
      "require-trusted-types-for 'script'",
      `trusted-types ${trusted}`,
    ].join('; ')
  const tag = `<script nonce="abc123" src="${bffUrl}/v1/ecode.js"></script>`

  it('shows the widget and its later parts without a complaint', async () => {
    const opened = await open(tag, {
      csp: policy('ecode'),
      script: CREATE("screens: ['pay', 'wallet'],"),
    })
    const phone = widgetOf(opened)
    await phone.waitForCode()
    await phone.root.getByRole('button', { name: '钱包', exact: true }).click()
    await phone.root.locator('[part=purse]').waitFor()
    expect(complaints).toEqual([])
    await opened.context().close()
  })

  it('that does not allow the policy gets LOAD_FAILED and a way to try again', async () => {
    const opened = await open(tag, { csp: policy("'none'") })
    await opened.getByText('加载失败').waitFor()
    expect(await opened.evaluate('errors')).toEqual(['LOAD_FAILED'])
    await opened.context().close()
  })
})

describe('<campus-ecode>', () => {
  it('pays by attributes alone, and tells its page', async () => {
    const opened = await open(`<script src="${bffUrl}/v1/element.js"></script>`, {
      script: `
        window.heard = []
        const main = document.querySelector('#ecode')
        main.innerHTML = '<campus-ecode school="${demo.school.id}" subject="somebody" ' +
          'session-url="/ecode-session" screen="pay"></campus-ecode>'
        main.firstChild.addEventListener('paid', ({ detail }) => heard.push(detail.amountFen))`,
    })
    const phone = new Phone(opened, opened.locator('campus-ecode'))
    expect(await till.pay(await phone.readCode(), '0.20')).toMatchObject({ exitCode: 0 })
    await phone.readResult('paid')
    // Guests pay more for the same.
    expect(await opened.evaluate('heard')).toEqual([23])
    expect(complaints).toEqual([])
    await opened.context().close()
  })
})

describe('a cold start without a network (R21)', () => {
  let context: BrowserContext
  /** A payment ends all codes of its ten seconds, and a phone without a network does not know. */
  let paidStep = 0
  beforeAll(async () => {
    context = await browser.newContext({ ...PHONE, proxy: site.proxy })
  })
  afterAll(() => context.close())
  afterEach(() => {
    site.isCut = false
  })

  /** Opens a page that was never open before and reads its code. */
  async function openCold(path: string) {
    const from = performance.now()
    const opened = await context.newPage()
    await opened.goto(demoUrl + path)
    const phone = widgetOf(opened)
    await phone.waitForCode()
    const drawnMs = performance.now() - from
    return { opened, phone, drawnMs }
  }

  it('is drawn by an app from the files it ships, session() failing', async () => {
    const enrolled = widgetOf(
      await open(`<script src="${bffUrl}/v1/ecode.js"></script>`, {}, context),
    )
    await enrolled.waitForCode()
    await enrolled.enrol(sandbox)
    await enrolled.page.close()

    const ship = (path: string, answer: Answer) => site.shipped.set(demoUrl + path, answer)
    const list = readdirSync(join(SDK, 'offline'), { recursive: true, encoding: 'utf8' })
    for (const file of list.filter((name) => /\.(js|css)$/.test(name))) {
      const type = file.endsWith('.css') ? 'text/css' : 'text/javascript'
      ship(`/app/${file}`, { type, body: readFileSync(join(SDK, 'offline', file)) })
    }
    const { integrity } = JSON.parse(readFileSync(join(SDK, 'offline/manifest.json'), 'utf8'))
    ship('/app/', {
      ...page(`<main id="ecode"></main>
        <script src="/app/ecode.js" integrity="${integrity['ecode.js']}"></script>
        <script src="/app/host.js"></script>`),
    })
    ship('/host.css', { type: 'text/css', body: 'main { height: 780px }' })
    ship('/app/host.js', {
      type: 'text/javascript',
      body: CREATE(`baseUrl: '${bffUrl}', screens: ['pay', 'access'],`),
    })
    site.cut()
    const { opened, phone, drawnMs } = await openCold('/app/')
    const code = await phone.readCode()
    expect(code).toMatch(/^7110012\d{17}$/)
    expect(await till.pay(code, '0.20')).toMatchObject({ exitCode: 0, line: { status: 'PAID' } })
    paidStep = oneTimeStep(Date.now() / 1000)
    // Parts that are not in the bundle are files of the app.
    await phone.root.getByRole('button', { name: '通行', exact: true }).click()
    await phone.root.locator('[part=ground]').first().waitFor()
    console.log(`  cold start from an app's files: ${Math.round(drawnMs)} ms to the code`)
    await opened.close()
    site.isCut = false
    site.shipped.clear()
  })

  it('is drawn by a web page that a service worker keeps, which keeps no answer of the API', async () => {
    const sw = `importScripts('${bffUrl}/v1/ecode-sw.js')
      ecodeOffline('${bffUrl}', ['/host', '/host.js', '/host.css'])`
    site.pages.set(`${demoUrl}/sw.js`, { type: 'text/javascript', body: sw })
    const script = `${CREATE()}
      navigator.serviceWorker.register('/sw.js')`
    const first = await open(`<script src="${bffUrl}/v1/ecode.js"></script>`, { script }, context)
    await first.evaluate('navigator.serviceWorker.ready.then(() => {})')
    await first.close()
    await expect
      .poll(() => oneTimeStep(Date.now() / 1000), { timeout: 15_000 })
      .toBeGreaterThan(paidStep)

    site.cut()
    const cold = await openCold('/host')
    const code = await cold.phone.readCode()
    expect(code).toMatch(/^7110012\d{17}$/)
    expect(await till.pay(code, '0.20')).toMatchObject({ exitCode: 0, line: { status: 'PAID' } })
    console.log(`  cold start by a service worker: ${Math.round(cold.drawnMs)} ms to the code`)
    site.isCut = false
    await cold.phone.readResult('paid')
    expect(await listKept(cold.opened)).toEqual(
      [
        `${bffUrl}/v1/`,
        ...['/host', '/host.css', '/host.js'].map((path) => demoUrl + path),
        ...['widget', 'qr', 'more', 'host'].map(
          (part) => `${bffUrl}/v1/${manifest.parts[part].file}`,
        ),
        ...['ecode.js', 'element.js'].map((name) => `${bffUrl}/v1/${name}`),
      ].sort(),
    )
    await cold.opened.close()
  })

  it('survives a broken release, and takes the whole one after it', async () => {
    const asked = () => site.asked.filter((call) => call.endsWith('/v1/manifest.json')).length
    const release = (files: Record<string, string>, integrity: Record<string, string>) => {
      const cors = { 'access-control-allow-origin': '*' }
      for (const [name, body] of Object.entries(files)) {
        site.pages.set(`${bffUrl}/v1/${name}`, { type: 'text/javascript', headers: cors, body })
      }
      const body = JSON.stringify({
        ...manifest,
        integrity: { ...manifest.integrity, ...integrity },
      })
      const type = 'application/json'
      site.pages.set(`${bffUrl}/v1/manifest.json`, { type, headers: cors, body })
    }
    const visit = async () => {
      const before = asked()
      const { opened } = await openCold('/host')
      await expect.poll(asked).toBeGreaterThan(before)
      const mark = await opened.evaluate('window.newer')
      await opened.close()
      return mark
    }
    const newer = `window.newer = true;${readFileSync(join(SDK, 'ecode.js'), 'utf8')}`
    const hash = createHash('sha384').update(newer).digest('base64')
    release({ 'ecode.js': 'throw new Error("broken")' }, { 'ecode.js': `sha384-${hash}` })
    await visit()
    expect(await visit()).toBeUndefined()
    release({ 'ecode.js': newer }, { 'ecode.js': `sha384-${hash}` })
    await expect.poll(visit, { timeout: 20_000 }).toBe(true)
    site.cut()
    const { opened } = await openCold('/host')
    expect(await opened.evaluate('window.newer')).toBe(true)
    site.isCut = false
    await opened.close()
  })
})

/** Every address that is in a cache of the page's origin. */
async function listKept(opened: Page): Promise<string[]> {
  const kept: string[] = await opened.evaluate(async () => {
    const urls: string[] = []
    for (const name of await caches.keys()) {
      const cache = await caches.open(name)
      urls.push(...(await cache.keys()).map(({ url }) => url))
    }
    return urls
  })
  return kept.sort()
}
