import type { BrowserContext, Page } from 'playwright'
import { afterEach, describe, expect, it } from 'vitest'
import { mintSession } from './page-client.ts'
import { findPerson, takePeople } from './people.ts'
import { Phone } from './phone.ts'
import { browser, demo, system, till } from './stage.ts'

takePeople(['叶安宁', '何雨桐'])

const { bffUrl, demoUrl } = system
const CSP = [
  "default-src 'none'",
  `script-src ${bffUrl} ${demoUrl}/host.js`,
  `connect-src ${bffUrl}`,
  "base-uri 'none'",
].join('; ')

/** Pages a school could have written, on an origin that it has listed. */
class Host {
  readonly page: Page
  readonly complaints: string[] = []

  private constructor(page: Page) {
    this.page = page
  }

  static async open(options: {
    script: string
    body?: string
    csp?: string
    loads?: number
    origin?: string
  }) {
    const { script, body = '<main id="a"></main>', csp, loads = 1, origin = demoUrl } = options
    const context: BrowserContext = await browser.newContext({
      viewport: { width: 390, height: 812 },
      deviceScaleFactor: 2,
      timezoneId: 'Asia/Shanghai',
      // A page that a test writes has no address, so Chromium takes it for one of the internet.
      permissions: ['local-network-access'],
    })
    const page = await context.newPage()
    const host = new Host(page)
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        host.complaints.push(message.text())
    })
    page.on('pageerror', (error) => host.complaints.push(String(error)))
    await page.exposeFunction('mintSession', async (cardNo: string, thumbprint: string) => {
      const answer = await mintSession(bffUrl, demo.school, { subject: { cardNo }, thumbprint })
      return answer.json()
    })
    const tags = `<script src="${bffUrl}/v1/ecode.js"></script>`.repeat(loads)
    const headers = csp ? { 'content-security-policy': csp } : {}
    await page.route(`${origin}/host`, (route) =>
      route.fulfill({
        contentType: 'text/html; charset=utf-8',
        headers,
        body: `<!doctype html><html lang="zh-CN"><head><title>校园</title></head>
          <body>${body}${tags}<script src="/host.js"></script></body></html>`,
      }),
    )
    await page.route(`${origin}/host.js`, (route) =>
      route.fulfill({ contentType: 'text/javascript', body: `${CREATE};${script}` }),
    )
    await page.goto(`${origin}/host`)
    return host
  }

  phone(selector: string): Phone {
    return new Phone(this.page, this.page.locator(selector))
  }
}

const CREATE = `
function create(cardNo, options) {
  return ECode.create({
    school: ${JSON.stringify(demo.school.id)},
    subject: cardNo,
    screen: 'pay',
    session: (thumbprint) => mintSession(cardNo, thumbprint),
    ...options,
  })
}`

const visitor = findPerson(demo, '叶安宁').cardNo
const student = findPerson(demo, '何雨桐').cardNo

let host: Host | undefined
afterEach(async () => {
  await host?.page.context().close()
  host = undefined
})

describe('a host page', () => {
  it('with a strict policy shows the widget as it should be, without a complaint', async () => {
    host = await Host.open({ csp: CSP, script: `create('${visitor}').mount('#a')` })
    const phone = host.phone('#a')
    const code = await phone.readCode()
    expect(await phone.codes.last().evaluate((canvas) => getComputedStyle(canvas).position)).toBe(
      'absolute',
    )
    expect(await till.pay(code, '1.00')).toMatchObject({ exitCode: 0 })
    await phone.readResult('paid')
    await phone.shoot('strict-csp')
    await phone.openBill()
    expect(host.complaints).toEqual([])
  })

  it('with styles of its own for everything does not reach into the widget, nor it out', async () => {
    const css =
      '* { color: red !important; font-size: 40px !important; display: inline !important }'
    host = await Host.open({
      body: `<style>${css}</style><h1 id="title">校园</h1><main id="a"></main>`,
      script: `create('${visitor}').mount('#a')`,
    })
    const phone = host.phone('#a')
    expect(await phone.readCode('barcode')).toMatch(/^7110017/)
    await phone.shoot('hostile-css')
    const title = host.page.locator('#title')
    expect(await title.evaluate((element) => getComputedStyle(element).fontSize)).toBe('40px')
  })

  it('with two widgets of two people keeps them apart', async () => {
    host = await Host.open({
      body: '<main id="a" style="height:700px"></main><main id="b" style="height:700px"></main>',
      script: `create('${visitor}').mount('#a'); create('${student}').mount('#b')`,
    })
    const [a, b] = [host.phone('#a'), host.phone('#b')]
    await b.waitForCode()
    const codeA = await a.readCode()
    await host.page.locator('#b').scrollIntoViewIfNeeded()
    await host.page.evaluate(() => window.scrollTo(0, document.body.scrollHeight))
    const codeB = await b.readCode('qr', 'zxing', codeA)
    expect(await till.pay(codeA, '1.00')).toMatchObject({
      exitCode: 0,
      line: { payer: { class: 'visitor' } },
    })
    await a.readResult('paid')
    expect(await b.outcome.count()).toBe(0)
    expect(await till.pay(codeB, '1.00')).toMatchObject({
      exitCode: 0,
      line: { payer: { class: 'student' } },
    })
    await b.readResult('paid')
  })

  it('with two widgets of one person shows the result in both', async () => {
    host = await Host.open({
      body: '<main id="a" style="height:700px"></main><main id="b" style="height:700px"></main>',
      script: `create('${visitor}').mount('#a'); create('${visitor}').mount('#b')`,
    })
    const [a, b] = [host.phone('#a'), host.phone('#b')]
    await b.waitForCode()
    expect(await till.pay(await a.readCode(), '1.00')).toMatchObject({ exitCode: 0 })
    await a.readResult('paid')
    await b.readResult('paid')
  })

  it('that mounts, unmounts and mounts again, as StrictMode does, has one widget', async () => {
    host = await Host.open({
      script: `
        const widget = create('${visitor}')
        widget.mount('#a').catch(console.error); widget.unmount(); widget.mount('#a').catch(console.error)
        const second = create('${visitor}')
        second.mount('#a').then(() => { window.twice = 'drawn' }, (error) => { window.twice = error.code })`,
    })
    const phone = host.phone('#a')
    expect(await till.pay(await phone.readCode(), '1.00')).toMatchObject({ exitCode: 0 })
    await phone.readResult('paid')
    expect(await phone.outcome.count()).toBe(1)
  })

  it('that loads the script twice has one ECode, and everything works', async () => {
    host = await Host.open({
      loads: 2,
      csp: CSP,
      script: `
        window.before = ECode
        const again = document.createElement('script')
        again.src = '${bffUrl}/v1/ecode.js'
        again.onload = () => { window.same = window.before === ECode }
        document.body.append(again)
        create('${visitor}').mount('#a')`,
    })
    const phone = host.phone('#a')
    expect(await phone.readCode()).toMatch(/^7110017/)
    expect(await host.page.evaluate('window.same')).toBe(true)
    expect(host.complaints).toEqual([])
  })

  it('hears of payments, and ends the widget when it likes', async () => {
    host = await Host.open({
      script: `
        window.heard = []
        window.widget = create('${visitor}')
        for (const event of ['ready', 'screen', 'session', 'paid', 'refused', 'error']) {
          widget.on(event, (detail) => heard.push([event, detail]))
        }
        widget.mount('#a')`,
    })
    const phone = host.phone('#a')
    const code = await phone.readCode()
    expect(await till.pay(code, '1.00')).toMatchObject({ exitCode: 0 })
    await phone.readResult('paid')
    const heard = JSON.stringify(await host.page.evaluate('window.heard'))
    expect(heard).toContain('["screen",{"screen":"pay"}]')
    expect(heard).toMatch(/\["paid",\{[^}]*"amountFen":100/)
    expect(heard).not.toContain(code)
    await host.page.evaluate('widget.destroy()')
    await expect.poll(() => phone.root.locator('[part=panel]').count()).toBe(0)
  })

  it('on an origin that the school has not listed is told so', async () => {
    const origin = demoUrl.replace('127.0.0.1', 'localhost')
    host = await Host.open({
      origin,
      script: `
        window.errors = []
        const widget = create('${visitor}')
        widget.on('error', ({ code }) => errors.push(code))
        widget.mount('#a')`,
    })
    const phone = host.phone('#a')
    await phone.root.getByText('ORIGIN_NOT_ALLOWED').first().waitFor()
    expect(await host.page.evaluate('window.errors')).toContain('ORIGIN_NOT_ALLOWED')
    expect(await phone.codes.count()).toBe(0)
    await phone.shoot('origin-not-allowed')
  })
})
