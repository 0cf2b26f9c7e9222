import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from 'playwright'
import { afterEach, describe, expect, it } from 'vitest'
import { expectPageAccessible } from './accessible.ts'
import { Keypad } from './keypad.ts'
import {
  type MiniProgramPhone,
  missingCompiler,
  openPhone,
  shootPage,
  toPng,
} from './mini-program-phone.ts'
import { takePeople, takeServices } from './people.ts'
import { PersonClient } from './person-client.ts'
import { Phone } from './phone.ts'
import { readers } from './read-codes.ts'
import { browser, demo, sandbox, system, till } from './stage.ts'
import { ROOT } from './system.ts'

// Whose WeChat nobody breaks meanwhile: `wechat` takes the same person.
takePeople(['林知夏'])
takeServices(['bank', 'one-card'])

const { bffUrl, keypadUrl, wechatUrl } = system
const USER = 'linxia-on-the-phone'
const CARD = { cardNo: '2023010417', password: '010417' }
const PASSWORD = '731964'
const USER_AGENT =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50 miniProgram'
const appStyle = readFileSync(join(ROOT, 'examples/mini-program/miniprogram/app.wxss'), 'utf8')

/** As `wx.login`: WeChat knows who has the phone. */
async function login(user = USER): Promise<string> {
  const answer = await fetch(`${wechatUrl}/phones/${user}/login-codes`, { method: 'POST' })
  return ((await answer.json()) as { code: string }).code
}

let phone: MiniProgramPhone
afterEach(() => phone.end())

async function open(options: { login?: () => Promise<string | undefined>; bffUrl?: string } = {}) {
  const config = { bffUrl: options.bffUrl ?? bffUrl, schoolId: demo.school.id }
  phone = await openPhone({ config, login: options.login ?? (() => login()) })
  return phone
}
const shows = (text: string) => expect.poll(() => phone.text()).toContain(text)
const look = (name: string, dark = false) =>
  shootPage(browser, phone, `mini-program-${name}`, { dark, appStyle })

/** Reads the pixels that the page has drawn, as a till would. */
async function readCode(except = ''): Promise<string> {
  const read = async () => {
    const picture = phone.picture('qr')
    const [text = ''] = picture ? (await readers.zxing(toPng(picture))).qr : []
    return text === except ? '' : text
  }
  await expect.poll(read).toMatch(/^71\d{22}$/)
  return read()
}

/** What a web-view of the mini-program shows. */
async function openWebView(url: string, onRequest?: (url: string) => void): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 375, height: 812 },
    userAgent: USER_AGENT,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
  })
  const page = await context.newPage()
  page.on('request', (request) => onRequest?.(request.url()))
  await page.goto(url)
  return page
}
/** Nothing is cut off on the narrowest phone, and axe finds nothing there. */
async function expectNarrow(page: Page, name: string): Promise<void> {
  await page.setViewportSize({ width: 320, height: 568 })
  const wide = await page.evaluate('document.documentElement.scrollWidth')
  expect(wide, name).toBe(320)
  await expectPageAccessible(page, `mini-program-${name}`)
  await page.setViewportSize({ width: 375, height: 812 })
}
async function findAddress(): Promise<string> {
  await expect.poll(() => phone.instance.data.src).toMatch(/^http/)
  return phone.instance.data.src ?? ''
}

/** As the operator does it, beside the running core. */
async function allowCollections(...channels: string[]): Promise<void> {
  const { dataDir, sandboxUrl, keypadUrl } = system
  const env = {
    ...{ ...process.env, DATA_DIR: dataDir, WECHAT_PORT: new URL(wechatUrl).port },
    ...{ SANDBOX_PORT: new URL(sandboxUrl).port, KEYPAD_PORT: new URL(keypadUrl).port },
  }
  const allowed = channels.flatMap((channel) => ['--collection-channel', channel])
  const args = ['scripts/ecode.mjs', 'school', 'change', '--id', demo.school.id, ...allowed]
  await promisify(execFile)(process.execPath, args, { cwd: ROOT, env })
}

const missing = missingCompiler()
describe.skipIf(missing)('the mini-program', () => {
  it('binds a WeChat that nobody knows, once, and then pays (R2b, R19, R22)', async () => {
    await open()
    phone.openPage('pay')
    await shows('绑定校园卡')
    await look('unbound')
    phone.tap('.button')
    await expect.poll(() => phone.said.went).toEqual(['/pages/web/web?bind=1'])

    phone.openPage('web', { bind: '1' })
    const address = await findAddress()
    expect(address.startsWith(keypadUrl)).toBe(true)
    const page = await openWebView(address)
    await page.locator('[name=cardNo]').fill(CARD.cardNo)
    await page.locator('[name=password]').fill(CARD.password)
    await page.locator('[type=submit]').click()
    await page.getByRole('heading', { name: '验证完成' }).waitFor()
    await page.context().close()

    phone.openPage('pay')
    const code = await readCode()
    expect(code).toMatch(/^711001/)
    const bars = phone.picture('bars')
    expect(
      (await readers.zbar(toPng(bars ?? { width: 1, height: 1, gray: new Uint8Array(1) }))).barcode,
    ).toEqual([code])
    expect(phone.said.brightness).toBe(1)
    await look('code')
    await look('code-dark', true)

    const orderNo = till.newOrderNo()
    expect(await till.pay(code, '10.00', orderNo)).toMatchObject({
      exitCode: 0,
      line: { amountFen: 900, payer: { class: 'student' } },
    })
    await shows('已支付¥9.00付给 第一食堂')
    expect(phone.texts('.line').slice(0, 5)).toEqual([
      '原价¥10.00',
      expect.stringMatching(/−¥1\.00$/),
      '实付¥9.00',
      '付款方式电子钱包余额',
      `单号尾号${orderNo.slice(-4)}`,
    ])
    await look('paid')
    phone.tap('.button')
    expect(await readCode(code)).not.toBe(code)
  })

  it('asks for number and password on the narrowest phone, too', async () => {
    await open({ login: () => login('nobody-yet') })
    phone.openPage('web', { bind: '1' })
    const page = await openWebView(await findAddress())
    await page.locator('[name=cardNo]').waitFor()
    await expectNarrow(page, 'bind')
    await page.context().close()
  })

  it('says what a till refused, and that nothing was charged', async () => {
    await open()
    phone.openPage('pay')
    const code = await readCode()
    expect(await till.pay(code, '230.00')).toMatchObject({ exitCode: 1 })
    await shows('超过单笔限额这次没有扣钱')
    await look('refused')
  })

  it('shows on return what was paid while it was hidden', async () => {
    await open()
    phone.openPage('pay')
    const code = await readCode()
    phone.hide()
    expect(phone.picture('qr')).toBeUndefined()
    expect(await till.pay(code, '1.00')).toMatchObject({ exitCode: 0 })
    phone.show()
    await shows('已支付¥0.90')
  })

  it('signs in again, unseen, when the BFF takes its session no more', async () => {
    await open()
    phone.openPage('pay')
    const code = await readCode()
    phone.said.spoilNextToken = true
    phone.tap('.refresh')
    expect(await till.pay(await readCode(code), '1.00')).toMatchObject({ exitCode: 0 })
    expect(phone.said.logins).toBe(2)
  })

  it('gets another code of WeChat when one was used already', async () => {
    const used = await login()
    const spend = { schoolId: demo.school.id, code: used }
    await fetch(`${bffUrl}/v1/sign-ins/mini-program`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(spend),
    })
    const codes = [used]
    await open({ login: async () => codes.shift() ?? login() })
    phone.openPage('pay')
    await readCode()
    expect(phone.said.logins).toBe(2)
  })

  it('says so while WeChat is busy, and goes on by itself', async () => {
    await sandbox.setFault('wechat', 'busy')
    try {
      await open()
      phone.openPage('pay')
      await shows('暂时连不上微信')
      await look('wechat-busy')
    } finally {
      await sandbox.setFault('wechat', 'none')
    }
    await readCode()
  })

  it('says so when there is no network, and tries again when asked', async () => {
    await open({ bffUrl: 'http://127.0.0.1:9' })
    phone.openPage('pay')
    await shows('没有网络')
    await look('offline', true)
  })

  it('opens the rest of the widget with a ticket that works once (R36)', async () => {
    await open()
    phone.openPage('web', { screen: 'wallet' })
    const address = await findAddress()
    expect(address).toMatch(/\?screen=wallet&locale=zh-CN#t=/)
    const page = await openWebView(address)
    await new Phone(page, page.locator('#ecode')).root.locator('[part=purse]').waitFor()
    expect(page.url()).not.toContain('#t=')
    await page.context().close()
    const second = await openWebView(address)
    await second.getByText('这个页面已失效，请返回重新进入').waitFor()
    expect(await second.getByRole('button').count()).toBe(0)
    await expectNarrow(second, 'not-opened')
    expect(await second.locator('[part=purse]').count()).toBe(0)
    await second.context().close()
  })

  describe('hands over what the widget has to do', () => {
    const setPassword = async () => {
      const person = await PersonClient.open('林知夏', { system, demo, browser })
      await person.setPaymentPassword(PASSWORD, sandbox)
    }
    const keypadOf = (page: Page) => Keypad.inSheet(page.locator('[data-cashier]'))
    /** WeChat is asked for the page that this one was opened from. */
    const wasLeft = async (page: Page) => {
      await page.locator('html[data-weixin-mini-program=navigateBack]').waitFor()
      await page.context().close()
      phone.goBack()
    }

    it('a till that waits for the password: one tap, and back with the result (R23)', async () => {
      await setPassword()
      await open()
      phone.openPage('pay')
      const hidden = await readCode()
      // Digits in sight ask for the password, however small the amount.
      phone.tap('.digits')
      const paying = till.pay(await readCode(hidden), '20.00')
      await shows('请输支付密码¥18.00付给 第一食堂')
      await look('asked')
      phone.tap('.button')
      await expect.poll(() => phone.said.went).toHaveLength(1)
      phone.follow()
      const page = await openWebView(await findAddress())
      expect(await keypadOf(page).read()).toMatch(/¥18\.00/)
      expect(page.url()).not.toContain('#')
      await expectPageAccessible(page, 'mini-program-keypad')
      await keypadOf(page).type(PASSWORD)
      await wasLeft(page)
      await shows('已支付¥18.00付给 第一食堂')
      expect(await paying).toMatchObject({ exitCode: 0, line: { status: 'PAID', amountFen: 1800 } })
    })

    it('a merchant’s code from WeChat’s scanner: the core says whose, then amount and password (R24)', async () => {
      await setPassword()
      const terminal = demo.terminals.find(({ collectionUrl }) => collectionUrl)
      const link = terminal?.collectionUrl ?? ''
      await open()
      phone.openPage('pay')
      await readCode()
      phone.said.scanned = link
      phone.tap('.door')
      await expect.poll(() => phone.said.went).toEqual(['/pages/web/web?scanned=1'])
      phone.follow()
      const asked: string[] = []
      const page = await openWebView(await findAddress(), (url) => asked.push(url))
      const root = page.locator('[data-cashier]')
      await root.locator('.payee').waitFor()
      await expectPageAccessible(page, 'mini-program-collection')
      for (const key of ['3', 'dot', '5']) await root.locator(`.key-${key}`).click()
      await root.locator('.key-go').click()
      await keypadOf(page).type(PASSWORD)
      await root.locator('.proof').waitFor()
      await expectPageAccessible(page, 'mini-program-proof')
      // The code stood in the fragment until it was read, and in a body from then on.
      const [, signature = ''] = /&g=(.+)$/.exec(link) ?? []
      expect(page.url()).not.toContain('#')
      expect(signature).toHaveLength(86)
      expect(asked.filter((url) => url.replace(/#.*/, '').includes(signature))).toEqual([])
      await root.getByRole('button', { name: '完成' }).click()
      await wasLeft(page)
      await readCode()
    })

    it('no merchant’s code where the school does not allow it here (R24)', async () => {
      const { collectionUrl = '' } = demo.terminals.find((each) => each.collectionUrl) ?? {}
      const doors = () => phone.texts('.door')
      await allowCollections('wechat')
      try {
        await open()
        phone.openPage('pay')
        await readCode()
        expect(doors()).toEqual(['卡', '通行', '钱包'])
        // What an older mini-program would hand over.
        phone.openPage('web', { screen: 'pay' })
        const address = `${await findAddress()}&c=${encodeURIComponent(collectionUrl)}`
        const page = await openWebView(address)
        const root = page.locator('[data-cashier]')
        await root.getByRole('heading', { name: '这里付不了商户的收款码' }).waitFor()
        await expectPageAccessible(page, 'mini-program-not-here')
        await page.context().close()
      } finally {
        await allowCollections('wechat', 'mini_program')
      }
      await open()
      phone.openPage('pay')
      await readCode()
      expect(doors()).toEqual(['扫一扫', '卡', '通行', '钱包'])
    })

    it('nothing that somebody else has put into a link (R24)', async () => {
      const { collectionUrl = '' } = demo.terminals.find((each) => each.collectionUrl) ?? {}
      await open()
      phone.openPage('web', { screen: 'wallet', scanned: '1', c: collectionUrl })
      const address = await findAddress()
      expect(address).not.toContain('c=')
      // Not even beside the person's own sign-in, where no ticket comes with it.
      const page = await openWebView(address)
      await page.locator('[part=purse]').waitFor()
      await page.goto('about:blank')
      await page.goto(`${address.replace(/#.*/, '')}#c=${encodeURIComponent(collectionUrl)}`)
      await page.locator('[part=purse], [role=alert]').first().waitFor()
      expect(await page.locator('[data-cashier]').count()).toBe(0)
      expect(page.url()).not.toContain('#')
      await page.context().close()
    })
  })
})
