import type { BrowserContext } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { packApp } from './app-site.ts'
import { HostSite } from './host-site.ts'
import { NativeApp, type Way } from './native-app.ts'
import { mintSession } from './page-client.ts'
import { findPerson, takePeople } from './people.ts'
import { Phone } from './phone.ts'
import { browser, demo, sandbox, system, till } from './stage.ts'

takePeople(['陆星辰'])

const { bffUrl, demoUrl } = system
const { cardNo } = findPerson(demo, '陆星辰')
const PAGE = `${demoUrl}/campus-card/`
// The page that goes into the app, as examples/school-app makes it, answered for by the app as
// CampusCardActivity.kt does: at the school's origin, network or not.
let site: HostSite
beforeAll(async () => {
  site = await HostSite.open()
  for (const [file, answer] of packApp(bffUrl)) site.shipped.set(PAGE + file, answer)
  site.shipped.set(`${demoUrl}/favicon.ico`, { type: 'image/x-icon', body: '' })
  site.pages.set(`${demoUrl}/ecode-session`, async ({ body }) => {
    const { thumbprint } = JSON.parse(body)
    const answer = await mintSession(bffUrl, demo.school, { subject: { cardNo }, thumbprint })
    return { status: answer.status, type: 'application/json', body: await answer.text() }
  })
})
afterAll(() => site.close())

let context: BrowserContext | undefined
afterEach(async () => {
  await context?.close()
  context = undefined
})

async function open(app: NativeApp, file = '') {
  context ??= await newContext(app)
  const page = await context.newPage()
  await page.goto(`${PAGE}${file}?subject=user-83715`)
  return new Phone(page, page.locator('#ecode'))
}
async function newContext(app: NativeApp) {
  const made = await browser.newContext({
    viewport: { width: 390, height: 812 },
    deviceScaleFactor: 2,
    timezoneId: 'Asia/Shanghai',
    userAgent: app.userAgent,
    proxy: site.proxy,
    permissions: ['local-network-access'],
  })
  await app.attach(made)
  return made
}
/** Brightness lingers for a moment, since the next code may come. */
const tab = (phone: Phone, name: string) =>
  phone.root.getByRole('button', { name, exact: true }).click()
const held = { brightness: 1, keepAwake: true, captureGuard: true }
const given = { brightness: null, keepAwake: false, captureGuard: false }

describe('the page of a school’s app', () => {
  it('has the app make the screen bright while it shows a code, and give it back (R19)', async () => {
    const app = new NativeApp('android')
    const phone = await open(app)
    await tab(phone, '付款')
    await phone.waitForCode()
    await expect.poll(() => app).toMatchObject(held)
    expect(await till.pay(await phone.readCode(), '1.00')).toMatchObject({ exitCode: 0 })
    await phone.readResult('paid')
    await phone.openCode()
    await tab(phone, '卡')
    await expect.poll(() => app).toMatchObject(given)
    await phone.shoot('school-app-card')
  })

  it('shows another code at once when the app tells of a screenshot', async () => {
    const app = new NativeApp('android')
    const phone = await open(app)
    await tab(phone, '付款')
    const photographed = await phone.readCode()
    await expect.poll(() => app.asked).toContain('captureGuard')
    await app.tell('capture')
    const next = await phone.readCode('qr', 'zxing', photographed, 8_000)
    expect(next).not.toBe(photographed)
    expect((await till.pay(photographed, '1.00')).exitCode).toBe(1)
    await phone.shoot('school-app-captured')
  })

  it('has the app’s scanner read a merchant’s code, and goes no further without one (R24)', async () => {
    const app = new NativeApp('android')
    const url = demo.terminals.find(({ collectionUrl }) => collectionUrl)?.collectionUrl ?? ''
    app.scans = [null, url]
    const phone = await open(app)
    await tab(phone, '付款')
    await phone.waitForCode()
    const scan = phone.root.getByRole('button', { name: '扫一扫' })
    await scan.click()
    await expect.poll(() => app.asked.filter((method) => method === 'scan').length).toBe(1)
    await scan.click()
    await phone.root.getByText('第一食堂').first().waitFor()
    expect(app.asked.filter((method) => method === 'scan')).toHaveLength(2)
    await phone.shoot('school-app-scanned')
  })

  it('goes where the app’s icon says, running and from a cold start (R20)', async () => {
    const app = new NativeApp('android')
    await app.tellShortcut('wallet')
    const phone = await open(app)
    await phone.root.locator('[part=purse]').waitFor()
    await app.tellShortcut('pay')
    await phone.waitForCode()
  })

  it('is hidden while the app says so, and closes by the system’s back', async () => {
    const app = new NativeApp('android')
    const phone = await open(app)
    await tab(phone, '付款')
    await phone.waitForCode()
    await expect.poll(() => app.brightness).toBe(1)
    await app.tell('pause')
    await expect.poll(() => phone.codes.count()).toBe(0)
    await expect.poll(() => app).toMatchObject(given)
    await app.tell('resume')
    await phone.waitForCode()
    await expect.poll(() => app.brightness).toBe(1)
    await app.tell('back')
    await expect.poll(() => app.closed).toBe(true)
  })

  it.each<Way>(['ios', 'wvjb', 'dsbridge'])('finds the app by %s as well', async (way) => {
    const app = new NativeApp(way)
    await app.tellShortcut('pay')
    const phone = await open(app, way === 'ios' ? 'inline.html' : '')
    await phone.waitForCode()
    await expect.poll(() => app).toMatchObject(held)
    await app.tellShortcut('card')
    await expect.poll(() => app).toMatchObject(given)
  })

  it('draws codes that pay from a cold start without a network, bright (R19, R20, R21)', async () => {
    const app = new NativeApp('android')
    const first = await open(app)
    await tab(first, '付款')
    await first.waitForCode()
    await first.enrol(sandbox)
    await first.page.close()
    const shipped = new Map(site.shipped)
    site.cut()
    try {
      for (const file of ['', 'inline.html']) {
        app.reset()
        await app.tellShortcut('pay')
        // On iOS the one file is all there is without a network.
        if (file) {
          for (const address of shipped.keys()) {
            if (!address.endsWith(file)) site.shipped.delete(address)
          }
        }
        const phone = await open(app, file)
        const code = await phone.readCode()
        await expect.poll(() => app).toMatchObject(held)
        expect(code).toMatch(/^7110012\d{17}$/)
        // Without a network the phone would not hear that it has to wait for the next step.
        if (file) expect(await till.pay(code, '1.00')).toMatchObject({ exitCode: 0 })
        await phone.shoot(`school-app-cold${file && '-inline'}`)
        await phone.page.close()
      }
    } finally {
      site.isCut = false
      for (const [address, answer] of shipped) site.shipped.set(address, answer)
    }
  })
})
