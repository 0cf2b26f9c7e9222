import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { expectAccessible } from './accessible.ts'
import { Keypad } from './keypad.ts'
import type { Phone } from './phone.ts'
import { WalletScreen } from './wallet-screen.ts'
import { openPhone, sandbox, till } from './wallet-stage.ts'

const PASSWORD = '802517'
const PHRASE = '操场边的风'
/** As the sandbox bank knows him (docs/demo.md). */
const CARD = {
  name: '顾明远',
  idNumber: '990101200609074171',
  cardNo: '9990021980532716',
  phone: '12000040755',
}

// One person's wallet from its opening to its end: each step begins where the one before left off.
describe('a wallet’s life, in the widget (R9–R16, R23)', () => {
  let phone: Phone
  let wallet: WalletScreen
  beforeAll(async () => {
    phone = await openPhone(CARD.name, { screen: 'wallet' })
    wallet = new WalletScreen(phone)
  })
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await phone.shoot(`failed-${task.name.slice(0, 12)}`)
  })
  afterAll(() => phone.close())

  const button = (name: string | RegExp) => wallet.button(name)
  const heading = (name: string | RegExp) => wallet.heading(name)

  it('names the group that differs from the bank’s record, and changes nothing (R9)', async () => {
    await button('绑卡开通').click()
    await wallet.fillCard({ ...CARD, phone: '12000040756' })
    await phone.root.getByText('不是这张卡在银行预留的', { exact: false }).first().waitFor()
    await expectAccessible(phone, 'bind-mismatch')
  })

  it('is opened by binding a card, at ¥0.00, and a password is set (R9, R16)', async () => {
    await wallet.fillCard(CARD)
    await wallet.confirmCard(sandbox)
    await wallet.setPassword(PHRASE, PASSWORD)
    expect(await wallet.readBalance()).toContain('¥0.00')
    await expectAccessible(phone, 'wallet-home')
  })

  it('is topped up from the card, with the password and the person’s own words above it (R12)', async () => {
    await button('充值').click()
    await button('¥500').click()
    await phone.root.getByRole('button', { name: '充值', exact: true }).last().click()
    const shown = await wallet.keypad.read()
    expect(shown).toContain('¥500.00')
    expect(shown).toContain(PHRASE)
    expect(shown).toContain('2716')
    await phone.shoot('keypad-top-up')
    await wallet.keypad.type('000000')
    await wallet.keypad.waitForStatus(/还可以试 4 次/)
    await wallet.keypad.type(PASSWORD)
    await heading('充值成功').waitFor()
    await phone.shoot('topped-up')
    await button('回到钱包').click()
    await expect.poll(() => wallet.readBalance()).toContain('¥500.00')
  })

  it('lets limits rise with the password, and says what that means (R15)', async () => {
    await wallet.row('付款限额').click()
    await phone.root.locator('#limit-single').fill('400')
    await button('输密码并保存').click()
    const shown = await wallet.keypad.read()
    expect(shown).toContain('¥400.00')
    await wallet.keypad.type(PASSWORD)
    await phone.root.getByText('限额已更新').first().waitFor()
    await expectAccessible(phone, 'limits')
  })

  it('asks for the password at the phone while the till waits (R23)', async () => {
    const pay = await openPhone(CARD.name)
    await pay.chooseAccount('wallet')
    const paying = till.pay(await pay.readCodeLike(/^711001/), '250.00')
    await pay.root.getByRole('button', { name: '输入支付密码' }).click()
    const pad = Keypad.inSheet(pay.root)
    expect(await pad.read()).toMatch(/¥225\.00.*一食堂|一食堂.*¥225\.00/)
    await pay.shoot('keypad-pay')
    await pad.type(PASSWORD)
    expect(await pay.readResult('paid')).toContain('225.00')
    expect(await paying).toMatchObject({ exitCode: 0, line: { status: 'PAID', amountFen: 22_500 } })
    await pay.close()
  })

  it('pays out to the card (R12)', async () => {
    await wallet.goHome()
    await button('提现').click()
    await button('全部').click()
    await phone.root.getByRole('button', { name: '提现', exact: true }).last().click()
    await wallet.keypad.type(PASSWORD)
    await heading('提现成功').waitFor()
    await button('回到钱包').click()
    await expect.poll(() => wallet.readBalance()).toContain('¥0.00')
    const journal = await sandbox.readJournal('bank')
    expect(journal.filter(({ amountFen }) => amountFen === 27_500)).toHaveLength(1)
  })

  it('shows all of it on the bill (R17)', async () => {
    await wallet.row('账单').click()
    await phone.root.locator('[part=totals]').waitFor()
    await phone.expectInBill(/提现.*275\.00/)
    await phone.expectInBill(/充值.*500\.00/)
    await phone.expectInBill(/225\.00/)
    await phone.back()
  })

  it('closes at zero, and opens again with the password, counting (R11)', async () => {
    await wallet.goHome()
    await button('注销钱包').click()
    await expectAccessible(phone, 'close-wallet')
    await phone.root.getByRole('button', { name: '注销钱包' }).last().click()
    await phone.root
      .getByRole('button', { name: /确认|注销/ })
      .last()
      .click()
    await wallet.keypad.type(PASSWORD)
    await phone.root.getByText('钱包已注销').first().waitFor()
    await wallet.goHome(phone.root.getByText(/还能开通 3 次/))
    await button('重新开通').click()
    await phone.root.getByText('输入支付密码就好').waitFor()
    await button('重新开通').click()
    await wallet.keypad.type(PASSWORD)
    await phone.root.getByText('钱包已重新开通').first().waitFor()
  })

  it('asks for the password at top level where frames are forbidden, and goes on after it (R14, R16)', async () => {
    await phone.page.route('**/keypad', (route) =>
      route.request().frame().parentFrame() ? route.abort() : route.continue(),
    )
    await wallet.goHome()
    await wallet.row('免密支付').click()
    await button('开通免密支付').click()
    await button('整页打开').click()
    const keypad = Keypad.atTopLevel(phone.page)
    expect(await keypad.read()).toContain(PHRASE)
    await expectAccessible(phone, 'keypad-top-level')
    await keypad.type(PASSWORD)
    await phone.root.getByText('免密支付已开通').first().waitFor()
    await phone.shoot('back-from-keypad')
    await wallet.goHome()
    expect(await wallet.row('免密支付').locator('xpath=ancestor::li').allInnerTexts()).toEqual([
      expect.stringContaining('已开通'),
    ])
  })
})
