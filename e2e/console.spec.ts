import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConsolePage } from './console-page.ts'
import { Office } from './office.ts'
import { giveUpWebhook } from './pass-time.ts'
import { findPerson, takePeople } from './people.ts'
import type { Phone } from './phone.ts'
import { browser, demo, openPhone, system, till } from './stage.ts'

takePeople(['林知夏'])

const PAGES = [
  ...['now', 'payments', 'people', 'tasks', 'statements', 'differences'],
  ...['settings', 'merchants', 'devices', 'health', 'webhooks', 'audit', 'staff', 'account'],
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

  it('deletes whom two of the office agree to delete, and nobody who has money (R42)', async () => {
    const { page } = office
    await new Office(system).importPerson('秦未央', '2026090001')
    const ask = async (cardNo: string, maskedName: string) => {
      await office.go('people')
      await page.getByLabel('学号或工号（要写完整）').fill(cardNo)
      await page.getByRole('button', { name: '查找' }).click()
      await page.getByRole('heading', { name: maskedName }).waitFor()
      await page.getByRole('button', { name: '删除此人数据' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('原因').fill('毕业离校，本人带证件来')
      await dialog.getByRole('button', { name: '删除此人数据' }).click()
      return dialog
    }
    await office.signIn('card')
    const refused = await ask(findPerson(demo, '林知夏').cardNo, '林*夏')
    await refused.getByRole('alert').getByText('余额').waitFor()
    await office.expectAccessible('console-delete-refused')
    await page.keyboard.press('Escape')
    await ask('2026090001', '秦*央')
    await page.getByText('已提交，等另一位卡务同意').waitFor()
    await office.expectAccessible('console-delete-asked')
    await office.leave()

    await office.signIn('demo')
    await office.go('tasks')
    const row = page.getByRole('row').filter({ hasText: '秦*央' })
    await row.getByRole('button', { name: '同意' }).click()
    await office.expectAccessible('console-delete-agree')
    await page.getByRole('dialog').getByRole('button', { name: '同意' }).click()
    await page.getByText('已同意并执行').waitFor()
    await office.go('people')
    await page.getByLabel('学号或工号（要写完整）').fill('2026090001')
    await page.getByRole('button', { name: '查找' }).click()
    await page.getByText('没有查到').waitFor()
    await office.leave()
  })

  it('tells its own people what was tried at their account, or done to it', async () => {
    const { page } = office
    await office.signIn('support', { totp: '000000' })
    await page.getByText('登录名、密码或动态码不正确').waitFor()
    await office.signIn('support')
    await page.getByText('有 1 条别人的改动或没有成功的登录').waitFor()
    await page.getByRole('link', { name: '看一看' }).click()
    await page.getByRole('row').filter({ hasText: '不正确' }).waitFor()
    await office.expectAccessible('console-account')
    await office.leave()
  })

  it('is worked by the keyboard alone, from the door and out again', async () => {
    const { page } = office
    const code = await phone.readCode('qr', 'zbar')
    const orderNo = till.newOrderNo()
    await till.pay(code, '6.00', orderNo)
    expect(await phone.readResult('paid')).toMatch(/¥ ?5\.40/)
    const { keyboard } = page

    await page.goto(`${system.consoleUrl}/?school=1001`)
    await office.signInByKeyboard('finance')
    await office.openByKeyboard('退款额度')
    await office.type('改为（元）', '1')
    await office.type('原因', '演示：先调低')
    await office.press('调低')
    await page.getByText('已调低').waitFor()

    await office.openByKeyboard('查支付')
    await keyboard.type(orderNo)
    await keyboard.press('Enter')
    await page.getByText('付成 ¥5.40').waitFor()
    await office.press('退款')
    // Esc is a no, and leads back to where one was.
    await page.getByRole('dialog').waitFor()
    await keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.locator('button:focus').filter({ hasText: '退款' }).waitFor()
    await keyboard.press('Enter')
    await office.type('原因', '收银员多按了一次')
    await office.press('确认退款')
    await page.getByText('等另一位财务').first().waitFor()
    await office.openByKeyboard('退款额度')
    await office.type('改为（元）', '200')
    await office.type('原因', '演示：再调回去')
    await office.press('申请调高')
    await page.getByText('申请调高到 ¥200.00').waitFor()
    await office.expectAccessible('console-settings')
    await office.leaveByKeyboard()

    await office.signInByKeyboard('finance2')
    await office.openByKeyboard('待复核')
    for (let turn = 0; turn < 2; turn++) {
      await office.press('同意')
      await page.getByRole('dialog').waitFor()
      await office.press('同意')
      await page.getByText('已同意并执行').waitFor()
    }
    await office.openByKeyboard('对账差异')
    await page.getByText('没有未核销的差异').waitFor()
    await office.openByKeyboard('对账单')
    await office.press('生成并核验')
    await page.getByText('一致').waitFor()
    const saved = page.waitForEvent('download')
    await office.press('statement.json')
    expect((await saved).suggestedFilename()).toMatch(/^statement-1001-.*\.json$/)
    await office.leaveByKeyboard()

    await office.signInByKeyboard('card')
    await office.openByKeyboard('查人员')
    await keyboard.type(findPerson(demo, '林知夏').cardNo)
    await keyboard.press('Enter')
    await page.getByRole('heading', { name: '林*夏' }).waitFor()
    for (const [what, then] of [
      ['挂失', '已挂失'],
      ['解挂', '正常'],
    ] as const) {
      await office.press(what)
      await office.type('原因', '手机丢了，本人来窗口')
      await office.press(what)
      await page.getByText('已完成').waitFor()
      await page.getByText(then, { exact: true }).waitFor()
    }
    await office.leaveByKeyboard()

    await giveUpWebhook(system.dataDir)
    await office.signInByKeyboard('admin')
    await office.openByKeyboard('通知推送')
    await page.getByRole('cell', { name: '已放弃' }).waitFor()
    await office.press('重发所有放弃的')
    await page.getByText('已安排重发 1 条').waitFor()
    await office.leaveByKeyboard()
  }, 240_000)

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
