import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { expectAccessible } from './accessible.ts'
import { Keypad } from './keypad.ts'
import type { Phone } from './phone.ts'
import { WalletScreen } from './wallet-screen.ts'
import { openPhone, sandbox, till } from './wallet-stage.ts'

const PASSWORD = '906153'
const PHRASE = '钟楼下的鸽子'
const NAME = '叶安宁'

// Two phones of one person: at one she looks after her wallet, the other is in her pocket.
describe('knowing what happens to one’s money, and stopping it (R6, R41)', () => {
  let phone: Phone
  let wallet: WalletScreen
  let pocket: Phone
  beforeAll(async () => {
    phone = await openPhone(NAME, { screen: 'wallet' })
    wallet = new WalletScreen(phone)
    pocket = await openPhone(NAME)
    await pocket.waitForCode()
  })
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return
    await phone.shoot(`failed-${task.name.slice(0, 12)}`)
    await pocket.shoot(`failed-${task.name.slice(0, 12)}-pocket`)
  })
  afterAll(async () => {
    await phone?.close()
    await pocket?.close()
  })

  const bell = () => phone.root.locator('.bell')
  const waitForBell = (text: RegExp) => expect.poll(() => bell().textContent()).toMatch(text)
  const notices = async () => {
    const texts = await phone.root.locator('.told').allInnerTexts()
    return texts.map((text) => text.replaceAll(/\s+/g, ' '))
  }
  const openPage = async (row: string) => {
    await wallet.goHome()
    await wallet.row(row).click()
  }

  it('takes the amount below which she wants to hear of it, once she has read what there is', async () => {
    await waitForBell(/^消息1 条未读$/)
    await openPage('消息')
    await expect.poll(notices).toEqual([expect.stringMatching(/^充值 ¥50\.00 到账/)])
    await phone.root.locator('summary').focus()
    await phone.page.keyboard.press('Enter')
    await phone.root.getByLabel('低于（元）').fill('0')
    await wallet.button('开启提醒').click()
    await phone.root.getByText('请填大于 0 的金额').waitFor()
    await phone.root.getByLabel('低于（元）').fill('45')
    await wallet.button('开启提醒').click()
    await phone.root.getByText('低于 ¥45.00').waitFor()
    await expectAccessible(phone, 'low-balance')
    await wallet.goHome()
    await waitForBell(/^消息$/)
  })

  it('tells of each thing while the wallet is open: the badge counts by itself (R41)', async () => {
    await openPage('支付密码')
    await wallet.startPassword(sandbox)
    await wallet.choosePassword(PHRASE, PASSWORD)
    await wallet.goHome()
    await waitForBell(/^消息1 条未读$/)
    // With a password, the other phone needs no SMS to draw codes of its own.
    await pocket.page.reload()
    await pocket.root.locator('[part=offer]').click()
    await pocket.root.getByRole('button', { name: /^(开通|发短信验证码)$/ }).click()
    await pocket.root.getByRole('button', { name: '用支付密码开通' }).click()
    await Keypad.inSheet(pocket.root).type(PASSWORD)
    await pocket.root.getByRole('heading', { name: '已开通离线付款' }).waitFor()
    await pocket.root.getByRole('button', { name: '回到付款码' }).click()
    await waitForBell(/^消息2 条未读$/)
  })

  it('tells what takes the wallet below that amount, and what comes in', async () => {
    const answer = await till.pay(await pocket.readCodeLike(/^7110012/), '8.00')
    expect(answer).toMatchObject({ exitCode: 0, line: { channel: 'wallet' } })
    await pocket.readResult('paid')
    await waitForBell(/^消息3 条未读$/)
    expect(await wallet.readBalance()).toContain('¥42.00')
    await wallet.button('充值').click()
    await wallet.button('¥50').click()
    await phone.root.getByRole('button', { name: '充值', exact: true }).last().click()
    await wallet.keypad.type(PASSWORD)
    await wallet.heading('充值成功').waitFor()
    await wallet.goHome()
    await waitForBell(/^消息4 条未读$/)
    await expectAccessible(phone, 'wallet-unread')
  })

  it('shows the same count on the card, says each in a sentence, and they are read then', async () => {
    const card = await openPhone(NAME, { screen: 'card' })
    await card.root.getByRole('button', { name: '消息 4 条未读' }).waitFor()
    await card.shoot('card-unread')
    await openPage('消息')
    await expect
      .poll(notices)
      .toEqual([
        expect.stringMatching(/^充值 ¥50\.00 到账，从云谷银行\(尾号 1357\) 未读/),
        expect.stringMatching(/^钱包只剩 ¥42\.00，低于你定的 ¥45\.00/),
        expect.stringMatching(/开通了离线付款。不是你？马上移除它/),
        expect.stringMatching(/^支付密码已设好/),
        expect.stringMatching(/^充值 ¥50\.00 到账[^未]*$/),
      ])
    await expectAccessible(phone, 'notices')
    await wallet.goHome()
    await waitForBell(/^消息$/)
    await card.page.reload()
    await card.root.getByRole('button', { name: '消息', exact: true }).waitFor()
    await card.close()
  })

  it('locks everything with one tap: at the till, on the other phone, in the bill of notices', async () => {
    await pocket.openCode()
    const code = await pocket.readCodeLike(/^7110012/)
    await openPage('挂失校园卡')
    await wallet.button('马上挂失').click()
    await expectAccessible(phone, 'lock-sure')
    await wallet.button('确认挂失').click()
    await wallet.heading('已挂失').waitFor()
    expect(await till.pay(code, '1.00')).toMatchObject({
      exitCode: 1,
      line: { code: 'CARD_LOCKED' },
    })
    await pocket.root.getByText('校园卡已挂失').first().waitFor()
    expect((await pocket.scan('zxing')).qr).toEqual([])
    await expectAccessible(pocket, 'pay-locked')
    await wallet.goHome()
    await wallet.button('校园卡已挂失').waitFor()
    await expectAccessible(phone, 'wallet-locked')
    // Nothing else is taken from somebody who has it in hand.
    const card = await openPhone(NAME, { screen: 'card' })
    await card.root.getByRole('heading', { name: '校园卡已挂失' }).waitFor()
    await expectAccessible(card, 'card-locked')
    await card.close()
  })

  it('unlocks with the password, and pays again', async () => {
    await openPage('解挂校园卡')
    await expectAccessible(phone, 'unlock')
    await wallet.button('输密码解挂').click()
    expect(await wallet.keypad.read()).toContain(PHRASE)
    await wallet.keypad.type(PASSWORD)
    await wallet.heading('已解挂').waitFor()
    await pocket.openCode()
    expect(await till.pay(await pocket.readCode(), '1.00')).toMatchObject({ exitCode: 0 })
    await pocket.readResult('paid')
  })

  it('removes the phone that is not in her hand: its codes are worth nothing (R6)', async () => {
    await pocket.openCode()
    const code = await pocket.readCodeLike(/^7110012/)
    await openPage('消息')
    await phone.root.getByText(/开通了离线付款/).click()
    await wallet.heading('我的手机').waitFor()
    await phone.root.getByText('最近登录').waitFor()
    await wallet.button('移除').click()
    await expectAccessible(phone, 'device-sure')
    await wallet.button('确认移除').click()
    await wallet.heading('没有能离线出码的手机').waitFor()
    expect(await till.pay(code, '1.00')).toMatchObject({
      exitCode: 1,
      line: { code: 'DEVICE_REMOVED' },
    })
    // It learns so itself, and is then a phone like any other.
    await pocket.openCode()
    expect(await till.pay(await pocket.readCodeLike(/^7110017/), '1.00')).toMatchObject({
      exitCode: 0,
    })
  })
})
