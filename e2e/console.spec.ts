import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConsolePage } from './console-page.ts'
import { findPerson, takePeople } from './people.ts'
import type { Phone } from './phone.ts'
import { browser, demo, openPhone, system, till } from './stage.ts'

takePeople(['林知夏'])

const PAGES = [
  ...['now', 'payments', 'people', 'tasks', 'statements', 'differences'],
  ...['merchants', 'devices', 'health', 'webhooks', 'audit', 'staff'],
]

describe('the console', () => {
  let phone: Phone
  let office: ConsolePage
  beforeAll(async () => {
    phone = await openPhone('林知夏')
    office = await ConsolePage.open(browser, system)
  })
  afterAll(async () => {
    await phone.close()
    await office.close()
  })

  it('lets nobody in with a wrong code, and says no more than that', async () => {
    await office.signIn('finance', { totp: '000000' })
    await office.page.getByText('登录名、密码或动态码不正确').waitFor()
    await office.expectAccessible('console-sign-in')
  })

  it('finds a payment made a moment ago and gives it back; the phone shows it, the log has it', async () => {
    const code = await phone.readCode('qr', 'zbar')
    const orderNo = till.newOrderNo()
    const { exitCode } = await till.pay(code, '6.00', orderNo)
    expect(exitCode).toBe(0)
    expect(await phone.readResult('paid')).toMatch(/¥ ?5\.40/)

    await office.signIn('finance')
    await office.go('payments')
    await office.expectAccessible('console-payments')
    await office.page.getByLabel('订单号、支付编号或请求编号').fill(orderNo)
    await office.page.getByRole('button', { name: '查找' }).click()
    await office.page.getByRole('link', { name: orderNo }).click()
    await office.page.getByText('付成 ¥5.40').waitFor()
    await office.page.getByRole('button', { name: '退款' }).click()
    const dialog = office.page.getByRole('dialog')
    await dialog.getByLabel('原因').fill('收银员多按了一次')
    await office.expectAccessible('console-refund')
    await dialog.getByRole('button', { name: '确认退款' }).click()
    await office.page.getByText('已退款').waitFor()
    await office.page.getByText('退款 ¥5.40 已到账').waitFor()
    await office.page.getByText('钱会计发起退款 ¥5.40').waitFor()
    await office.expectAccessible('console-payment')
    await phone.openBill()
    await phone.expectInBill(/\+¥ ?5\.40/)

    await office.leave()
    await office.signIn('admin')
    await office.go('audit')
    const row = office.page.getByRole('row').filter({ hasText: '收银员多按了一次' })
    await row.getByText('钱会计').waitFor()
    expect(await row.textContent()).toContain('¥5.40')
    await office.expectAccessible('console-audit')
    await office.leave()
  })

  it('offers what the role includes, and refuses the rest by whatever way it comes', async () => {
    await office.signIn('support')
    expect(await office.pages()).toContain('查支付')
    expect(await office.pages()).not.toContain('操作日志')
    const refused = await office.post(`/v1/staff/payments/${randomUUID()}/refunds`, {})
    expect(refused).toMatchObject({ status: 403, code: 'STAFF_ROLE_MISSING' })
    // Ports of one machine are one site, so the cookie comes along.
    const foreign = await office.postFromElsewhere('/v1/staff/sign-out', system.sandboxUrl)
    expect(foreign).toContain('ORIGIN_NOT_ALLOWED')
    await office.page.reload()
    await office.page.getByRole('navigation').waitFor()
    await office.leave()
  })

  it('locks a card for somebody at the window; the phone knows at once (R6)', async () => {
    const { cardNo } = findPerson(demo, '林知夏')
    await office.signIn('card')
    await office.go('people')
    await office.page.getByLabel('学号或工号（要写完整）').fill(cardNo)
    await office.page.getByRole('button', { name: '查找' }).click()
    await office.page.getByRole('link', { name: '林*夏' }).click()
    const change = async (what: string, reason: string) => {
      await office.page.getByRole('button', { name: what }).click()
      const dialog = office.page.getByRole('dialog')
      await dialog.getByLabel('原因').fill(reason)
      await dialog.getByRole('button', { name: what }).click()
      await dialog.waitFor({ state: 'detached' })
    }
    await change('挂失', '手机丢了，本人来窗口')
    await office.page.getByText('已挂失').waitFor()
    await phone.page.reload()
    await phone.root
      .getByText(/已挂失/)
      .first()
      .waitFor()
    await office.expectAccessible('console-person')
    await change('解挂', '手机找到了，已核对证件')
    await office.page.getByText('正常').waitFor()
    await office.leave()
  })

  it('stands up to axe on every page, and fits a phone', async () => {
    await office.signIn('demo')
    for (const name of PAGES) {
      await office.go(name)
      await office.page.locator('.none, table, .card').first().waitFor()
      await office.expectAccessible(`console-page-${name}`)
    }
    await office.page.setViewportSize({ width: 375, height: 800 })
    for (const name of PAGES) {
      await office.page.goto(`${system.consoleUrl}/#/${name}`)
      await office.page.locator('.none, table, .card').first().waitFor()
      const overflow = await office.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect(overflow, name).toBe(0)
    }
    await office.page.setViewportSize({ width: 1280, height: 900 })
    await office.leave()
  }, 300_000)
})
