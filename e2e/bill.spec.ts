import type { Payment } from '@campus-ecode/protocol/payments'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectAccessible } from './accessible.ts'
import { CoreClient } from './core-client.ts'
import { PageClient } from './page-client.ts'
import { passAMonth } from './pass-time.ts'
import { findPerson } from './people.ts'
import type { Phone } from './phone.ts'
import { WalletScreen } from './wallet-screen.ts'
import { demo, openPhone, system } from './wallet-stage.ts'

/** Of the core: more than this is fetched as the person goes on. */
const PAGE_COUNT = 50
const COFFEES = 115

interface Paid {
  orderNo: string
  amountFen: number
}

// Months of eating and drinking, then somebody who wants to know where the money went.
describe('a bill with many rows (R17)', () => {
  const person = findPerson(demo, '沈砚秋')
  let orders = 0
  let coffees: Paid[]
  let lunches: Paid[]
  let oneCard: Paid
  let byBank: Paid
  let phone: Phone
  let wallet: WalletScreen

  beforeAll(async () => {
    const shopper = await PageClient.open({
      bffUrl: demo.bffUrl,
      origin: demo.demoUrl,
      school: demo.school,
      cardNo: person.cardNo,
    })
    const [canteen, cafe] = [tillOf('第一食堂'), tillOf('云边咖啡')]
    const pay = async (at: CoreClient, amountFen: number, account = 'wallet'): Promise<Paid> => {
      const issued = await shopper.call('POST', '/v1/me/codes', { body: { account } })
      const { code } = (await issued.json()) as { code: string }
      const orderNo = `bill-${Date.now().toString(36)}-${++orders}`
      const answer = await at.call('POST', '/v1/payments', { orderNo, amountFen, code })
      const { status } = (await answer.json()) as Payment
      if (status !== 'PAID') throw new Error(`order ${orders} was not paid: ${status}`)
      return { orderNo, amountFen }
    }
    lunches = []
    for (let day = 0; day < 3; day++) lunches.push(await pay(canteen, 1_500))
    await passAMonth(
      system.dataDir,
      lunches.map(({ orderNo }) => orderNo),
    )
    coffees = []
    // Each of another amount, so that rows can be told apart.
    for (let cup = 0; cup < COFFEES; cup++) coffees.push(await pay(cafe, 100 + cup))
    oneCard = await pay(canteen, 880, 'one_card')
    const refund = { orderNo: coffees[0]?.orderNo, amountFen: 100, refundNo: 'bill-refund' }
    const { orderNo, ...rest } = refund
    const refunded = await cafe.call('POST', `/v1/payments/${orderNo}/refunds`, rest)
    if (!refunded.ok) throw new Error(`the refund was not taken: ${await refunded.text()}`)
    // More than is left in the wallet.
    byBank = await pay(canteen, 18_800)
    phone = await openPhone(person.name, { screen: 'card' })
    wallet = new WalletScreen(phone)
    await phone.openBill()
  }, 120_000)
  afterAll(() => phone?.close())

  function tillOf(merchantName: string): CoreClient {
    const merchant = demo.merchants.find(({ name }) => name === merchantName)
    const terminal = demo.terminals.find(({ merchantId }) => merchantId === merchant?.id)
    if (!terminal) throw new Error(`${merchantName} has no till`)
    return new CoreClient(demo.coreUrl, terminal)
  }
  const rows = () => phone.root.locator('.bill-row')
  const totals = async () =>
    (await phone.root.locator('[part=totals]').allInnerTexts()).join().replaceAll(/\s+/g, ' ')
  const waitForTotals = (text: RegExp) => expect.poll(totals).toMatch(text)
  const pick = (name: string) =>
    phone.root.locator('.pick').getByText(name, { exact: true }).click()

  const outFen = () => sum(coffees) + oneCard.amountFen + byBank.amountFen

  it('adds up the month, and goes on to its end as it is scrolled', async () => {
    expect(await totals()).toContain(`支出 ¥${yuan(outFen())}`)
    expect(await totals()).toContain('退回和充值 ¥301.00')
    expect(await rows().count()).toBe(PAGE_COUNT)
    const all = COFFEES + 4 // With one-card, bank card, refund, and the first top-up.
    const seen: number[] = []
    while ((await rows().count()) < all) {
      seen.push(await rows().count())
      // As a thumb does: the last row into sight, and see what comes.
      await rows().last().scrollIntoViewIfNeeded()
      await expect.poll(() => rows().count()).toBeGreaterThan(seen.at(-1) ?? 0)
    }
    expect(seen.length).toBeLessThanOrEqual(Math.ceil(all / PAGE_COUNT))
    await phone.root.getByRole('button', { name: '更早的账单' }).waitFor({ state: 'detached' })
    const texts = await rows().allInnerTexts()
    for (const { amountFen } of coffees) {
      const amount = `−¥${yuan(amountFen)}`
      expect(texts.filter((text) => text.includes(amount), amount)).toHaveLength(1)
    }
    await rows().last().scrollIntoViewIfNeeded()
    await phone.shoot('bill-end')
    await expectAccessible(phone, 'bill-many')
  })

  it('has each month apart, back to one in which there was nothing', async () => {
    await wallet.button('上个月').click()
    await waitForTotals(/支出 ¥45\.00/)
    expect(await rows().count()).toBe(3)
    await wallet.button('上个月').click()
    await phone.root.getByText('这个月还没有账单').waitFor()
    await phone.shoot('bill-empty')
    await wallet.button('下个月').click()
    await wallet.button('下个月').click()
    await waitForTotals(new RegExp(yuan(outFen()).replace('.', '\\.')))
    expect(await wallet.button('下个月').isDisabled()).toBe(true)
  })

  it('is narrowed by kind, channel and words, and the sums with it', async () => {
    await pick('退款')
    await waitForTotals(/支出 ¥0\.00 退回和充值 ¥1\.00/)
    expect(await rows().count()).toBe(1)
    await pick('全部')
    await wallet.button('搜索和筛选').click()
    await pick('一卡通')
    await waitForTotals(/支出 ¥8\.80/)
    await pick('银行卡')
    await waitForTotals(/支出 ¥188\.00/)
    await pick('全部方式')
    const field = phone.root.getByRole('searchbox')
    await field.fill('云边')
    await waitForTotals(new RegExp(`支出 ¥${yuan(sum(coffees)).replace('.', '\\.')}`))
    await phone.shoot('bill-search')
    await field.fill(oneCard.orderNo)
    await waitForTotals(/支出 ¥8\.80/)
    expect(await rows().count()).toBe(1)
    await field.fill('游泳馆')
    await wallet.heading('没有符合的账单').waitFor()
    await expectAccessible(phone, 'bill-none')
    await wallet.button('看全部').click()
    await waitForTotals(new RegExp(yuan(outFen()).replace('.', '\\.')))
  })

  it('tells all of one payment, and whom to ask about it, by keyboard alone (R37)', async () => {
    const row = rows().filter({ hasText: '188.00' })
    await row.focus()
    await phone.page.keyboard.press('Enter')
    await phone.root.getByRole('heading', { name: '账单详情' }).waitFor()
    const [detail = ''] = await phone.root.locator('.entry').allInnerTexts()
    expect(detail.replaceAll(/\s+/g, ' ')).toMatch(
      /付款 · 第一食堂 .*188\.00.*余额不够，已改从云谷银行\(尾号 7890\)支付/,
    )
    expect(detail).toContain(byBank.orderNo)
    await expectAccessible(phone, 'bill-entry')
    await wallet.button('有疑问？').focus()
    await phone.page.keyboard.press('Enter')
    const order = phone.root.getByRole('region', { name: '这笔账单的编号' })
    expect(await order.textContent()).toContain(byBank.orderNo)
    expect(await order.textContent()).toContain('行政楼 102 室')
    await phone.context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await wallet.button('复制').focus()
    await phone.page.keyboard.press('Enter')
    await wallet.button('已复制').waitFor()
    expect(await phone.page.evaluate(() => navigator.clipboard.readText())).toBe(byBank.orderNo)
    await expectAccessible(phone, 'help-of-order')
    await wallet.button('返回').focus()
    await phone.page.keyboard.press('Enter')
    await wallet.button('返回').focus()
    await phone.page.keyboard.press('Enter')
    await phone.root.locator('[part=totals]').waitFor()
  })
})

describe('help (R37)', () => {
  it('answers what people ask, in their words, and ends with whom to ask', async () => {
    const phone = await openPhone('沈砚秋', { screen: 'card' })
    const wallet = new WalletScreen(phone)
    await wallet.button('帮助').click()
    await phone.root.getByText('常见问题').waitFor()
    await expectAccessible(phone, 'help')
    const questions = phone.root.locator('details.question')
    const field = phone.root.getByRole('searchbox')
    await field.fill('忘记密码')
    const answer = questions.filter({ hasText: '支付密码忘了怎么办' })
    await answer.locator('summary').focus()
    await phone.page.keyboard.press('Enter')
    await answer.getByText('收一条短信确认是你本人').waitFor()
    await phone.shoot('help-found')
    await field.fill('单笔限额')
    await questions.getByText('超过单笔限额').waitFor()
    await field.fill('食堂菜谱')
    await phone.root.getByRole('heading', { name: '没有找到' }).waitFor()
    await phone.root.getByText('行政楼 102 室').waitFor()
    await expectAccessible(phone, 'help-none')
    await phone.close()
  })
})

function sum(paid: Paid[]): number {
  return paid.reduce((total, { amountFen }) => total + amountFen, 0)
}

function yuan(fen: number): string {
  return (fen / 100).toFixed(2)
}
