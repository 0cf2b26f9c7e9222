import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MyWater } from '@campus-ecode/protocol/water'
import type { BrowserContextOptions } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectAccessible } from './accessible.ts'
import { openBrowserWithCamera } from './fake-camera.ts'
import { Keypad } from './keypad.ts'
import { Office } from './office.ts'
import { findPerson, takePeople } from './people.ts'
import { PersonClient } from './person-client.ts'
import { Phone } from './phone.ts'
import { ShowerProcess } from './shower-process.ts'
import { browser } from './stage.ts'
import { demo, openPhone, sandbox, system } from './wallet-stage.ts'
import { WECHAT_AGENT } from './wechat-phone.ts'

/** From outside the school: the café charges 15 % more. */
const NAME = '罗一鸣'
takePeople([NAME], system)

const PASSWORD = '628419'
const WATER = '730158'
const MERCHANT = '云边咖啡'
const TERMINAL = '收银台'
const WAIT = { timeout: 20_000, interval: 200 }

let person: PersonClient
let png: string
let number: string
const dir = mkdtempSync(join(tmpdir(), 'campus-ecode-ways-'))
afterAll(() => rmSync(dir, { recursive: true }))
beforeAll(async () => {
  person = await PersonClient.open(NAME, { system, demo, browser })
  await person.setPaymentPassword(PASSWORD, sandbox)
  const files = await new Office(system).printCollectionCode(MERCHANT, TERMINAL)
  png = files.find((file) => file.endsWith('.png')) ?? ''
  number = /(\d{10})\.png$/.exec(png)?.[1] ?? ''
})

const button = (phone: Phone, name: string | RegExp) =>
  phone.root.getByRole('button', { name }).first()
const heading = (phone: Phone, name: string | RegExp) =>
  phone.root.getByRole('heading', { name }).first()
const textOf = async (phone: Phone, selector: string) =>
  ((await phone.root.locator(selector).first().allInnerTexts())[0] ?? '').replaceAll(/\s+/g, ' ')
const type = async (phone: Phone, amount: string) => {
  for (const key of amount) await phone.root.locator(`.key-${key === '.' ? 'dot' : key}`).click()
}
const enterPassword = async (phone: Phone, ...entries: string[]) => {
  const keypad = Keypad.inSheet(phone.root)
  for (const digits of entries) await keypad.type(digits)
}

describe('scanning a merchant’s code in the widget (R24, R25)', () => {
  let phone: Phone
  beforeAll(async () => {
    phone = await openPhone(NAME)
    await phone.waitForCode()
  })
  afterAll(() => phone.close())

  it('says what to do without a camera, and reads a picture from the album', async () => {
    await button(phone, '扫一扫').click()
    await heading(phone, /^(这里用不了相机|还不能用相机)$/).waitFor()
    await expectAccessible(phone, 'ways-scan')
    await phone.root.locator('input[type=file]').setInputFiles(png)
    await phone.root.locator('.payee').getByText(MERCHANT).waitFor()
    expect(await textOf(phone, '.payee')).toContain(TERMINAL)
    await expectAccessible(phone, 'ways-collection')
  })

  it('pays with the password, and shows staff what no picture imitates', async () => {
    const before = await person.walletFen()
    await type(phone, '3.5')
    expect(await textOf(phone, '.move-hint')).toContain('实付 ¥4.03')
    await phone.root.locator('.key-go').click()
    await enterPassword(phone, PASSWORD)
    await phone.root.locator('.proof').waitFor()
    const proof = await textOf(phone, '.proof')
    for (const text of ['已支付', '¥4.03', MERCHANT, TERMINAL, '请给店员看这一页']) {
      expect(proof).toContain(text)
    }
    expect(before - (await person.walletFen())).toBe(403)
    const clock = await textOf(phone, '.proof-clock')
    await expect.poll(() => textOf(phone, '.proof-clock'), WAIT).not.toBe(clock)
    await expectAccessible(phone, 'ways-proof')
    // The end of its number is what the merchant's own list shows.
    const staff = await browser.newPage({ locale: 'zh-CN' })
    await staff.goto(await new Office(system).openIncomingPage(MERCHANT))
    await staff.getByText(await textOf(phone, '.proof-tail b')).waitFor()
    await staff.close()
    await button(phone, '完成').click()
    await phone.waitForCode()
    await phone.openBill()
    await phone.expectInBill(/云边咖啡.*−¥4\.03/)
  })

  it('is as good by the number below the code; a reload in between asks, and pays once', async () => {
    await phone.back()
    await button(phone, '扫一扫').click()
    await button(phone, '输入编号').click()
    const field = phone.root.getByLabel('收款码编号')
    const slip = number.slice(0, -1) + ((Number(number.slice(-1)) + 1) % 10)
    await field.fill(slip)
    await button(phone, '下一步').click()
    await phone.root.getByText('编号好像有一位不对').waitFor()
    await expectAccessible(phone, 'ways-number')
    await field.fill(number)
    await button(phone, '下一步').click()
    await phone.root.locator('.payee').getByText(MERCHANT).waitFor()
    await type(phone, '2')
    await phone.root.locator('.key-go').click()
    await Keypad.inSheet(phone.root).read()
    await phone.page.reload()
    await phone.waitForCode()
    await button(phone, '扫一扫').click()
    await button(phone, '输入支付密码').waitFor()
    await expectAccessible(phone, 'ways-asked')
    const before = await person.walletFen()
    await button(phone, '输入支付密码').click()
    await enterPassword(phone, PASSWORD)
    await phone.root.locator('.proof').waitFor()
    expect(before - (await person.walletFen())).toBe(230)
    await button(phone, '完成').click()
  })

  it('by camera', async () => {
    const withCamera = await openBrowserWithCamera(readFileSync(png), dir)
    try {
      const seeing = await Phone.open(withCamera, {
        demoUrl: system.demoUrl,
        person: findPerson(demo, NAME).id,
      })
      await seeing.waitForCode()
      await button(seeing, '扫一扫').click()
      await seeing.root.locator('.payee').getByText(MERCHANT).waitFor()
      await seeing.close()
    } finally {
      await withCamera.close()
    }
  })
})

describe('the cashier in a merchant’s page (R38)', () => {
  it('opens over the page, is left without harm, and pays', async () => {
    const context = await browser.newContext({
      viewport: { width: 375, height: 812 },
      deviceScaleFactor: 2,
      isMobile: true,
      locale: 'zh-CN',
    })
    const page = await context.newPage()
    try {
      await page.goto(`${system.orderingUrl}/?person=${findPerson(demo, NAME).id}`)
      await page.locator('[data-dish]').first().fill('1')
      await page.locator('#order').click()
      const cashier = new Phone(page, page.locator('dialog'))
      await button(cashier, /^支付 ¥/).waitFor()
      await expectAccessible(cashier, 'ways-cashier')
      await button(cashier, '关闭收银台').click()
      await page.getByText('没有付款，订单还在').waitFor()
      expect(await page.locator('dialog').count()).toBe(0)
      await page.locator('#orders').getByRole('button', { name: /付款/ }).first().click()
      await button(cashier, /^支付 ¥/).click()
      await cashier.root.locator('.outcome.paid').waitFor()
      await expectAccessible(cashier, 'ways-cashier-paid')
      await button(cashier, '完成').click()
      await page.getByText('付款完成').waitFor()
      await page.locator('#orders li[data-status=PAID]').first().waitFor()
    } finally {
      await context.close()
    }
  })
})

describe('services in the wallet (R26, R27, R39)', () => {
  let phone: Phone
  const openServices = async (options: { context?: BrowserContextOptions } = {}) => {
    phone = await openPhone(NAME, { screen: 'wallet', ...options })
    await open('生活服务')
    await heading(phone, '生活服务').waitFor()
  }
  beforeAll(() => openServices())
  afterAll(() => phone.close())
  const open = (name: string) => phone.root.locator('li').getByText(name).first().click()

  it('a dormitory’s electricity is topped up and confirmed, with its receipt', async () => {
    await phone.root.locator('li').getByText('水电缴费').waitFor()
    await expectAccessible(phone, 'ways-services')
    await open('水电缴费')
    await open('宿舍电费')
    await phone.root.locator('.field-input').fill('3-0412')
    await button(phone, '查询').click()
    await phone.root.locator('.payee').getByText('3号楼 412').waitFor()
    await button(phone, '¥20').click()
    await expectAccessible(phone, 'ways-utility')
    await button(phone, /^缴费$/).click()
    await enterPassword(phone, PASSWORD)
    await heading(phone, '缴费成功').waitFor()
    expect(await textOf(phone, '.receipt-no b')).toMatch(/^\d{4}-\d{4}$/)
    await expectAccessible(phone, 'ways-utility-done')
    await button(phone, '回到钱包').click()
    await open('生活服务')
  })

  it('a water password gives a bath number; the water is seen to run, and stopped', async () => {
    await open('洗浴')
    await button(phone, /^(设置|修改|重设)用水密码$/).click()
    await enterPassword(phone, PASSWORD, WATER, WATER)
    await phone.root.locator('.bath-no b').waitFor()
    const bathNo = (await textOf(phone, '.bath-no b')).replace(/\D/g, '')
    expect((await person.read<MyWater>('/water')).bathNo).toBe(bathNo)
    const stall = demo.terminals.find(({ kind }) => kind === 'shower')
    const shower = ShowerProcess.start({ dataDir: system.dataDir, terminal: stall?.id ?? '', dir })
    try {
      expect(await shower.say(`start ${bathNo} ${WATER}`)).toMatchObject({ kind: 'running' })
      await heading(phone, '正在用水').waitFor()
      await expectAccessible(phone, 'ways-shower')
      await button(phone, '停水并结算').click()
      await button(phone, '停水并结算').click()
      await heading(phone, '用水已结束').waitFor()
      expect(await textOf(phone, '.water')).toContain('在手机上停的')
    } finally {
      await shower.cutPower()
    }
    await phone.back()
  })

  it('WeChat is bound in WeChat, on its own page, which leads back here, and unbound (R27)', async () => {
    await open('微信认证')
    await phone.root.getByText('请从学校公众号重新打开校园卡').waitFor()
    expect(await button(phone, '去微信认证').count()).toBe(0)
    await expectAccessible(phone, 'ways-wechat-elsewhere')
    await phone.close()
    await openServices({ context: { userAgent: WECHAT_AGENT } })
    await open('微信认证')
    await expectAccessible(phone, 'ways-wechat')
    await button(phone, '去微信认证').click()
    await phone.page.getByLabel(/名字/).fill('luoyiming')
    await phone.page.getByRole('button', { name: /用这个微信登录/ }).click()
    await heading(phone, '微信已认证').waitFor()
    await expectAccessible(phone, 'ways-wechat-bound')
    await button(phone, '解除认证').click()
    await button(phone, '解除认证').click()
    await heading(phone, '在校园里用微信付款码').waitFor()
  })
})
