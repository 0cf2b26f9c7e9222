import { text as readText } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { expectAccessible } from './accessible.ts'
import { passAMinute } from './pass-time.ts'
import { findPerson } from './people.ts'
import type { Phone } from './phone.ts'
import { type CardDetails, WalletScreen } from './wallet-screen.ts'
import { demo, openPhone, sandbox, system, till } from './wallet-stage.ts'

const PASSWORD = '318604'
const PHRASE = '外婆家的石榴树'
const NAME = '林知夏'
const PERSON = { name: NAME, idNumber: '990101200506121246', phone: '12000010417' }
/** As the banks know her (docs/demo.md); the first is bound when the school brings her. */
const YUNGU: CardDetails = { ...PERSON, cardNo: '9990011347401234' }
const QINGJIANG: CardDetails = { ...PERSON, cardNo: '9990021425558821' }
const BAILU: CardDetails = { ...PERSON, cardNo: '9990031510203308' }

// Her bank cards come and go; what she agreed to, and all that is kept of her, follow.
describe('several bank cards, and what is kept of a person (R10, R11, R42)', () => {
  const person = findPerson(demo, NAME)
  let phone: Phone
  let wallet: WalletScreen
  beforeAll(async () => {
    phone = await openPhone(NAME, { screen: 'wallet' })
    wallet = new WalletScreen(phone)
  })
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await phone.shoot(`failed-${task.name.slice(0, 12)}`)
  })
  afterAll(() => phone.close())

  const card = (tail: string) => phone.root.locator('.bank').filter({ hasText: `•• ${tail}` })
  const consent = (name: string) => phone.root.getByRole('region', { name, exact: true })
  const openPage = async (row: string) => {
    await wallet.goHome()
    await wallet.row(row).click()
  }
  async function bind(details: CardDetails) {
    await openPage('银行卡')
    await wallet.button(/再绑一张卡|绑定银行卡/).click()
    await wallet.fillCard(details)
    await wallet.confirmCard(sandbox)
    await wallet.button('回到钱包').click()
    await passAMinute(system.dataDir, person.id)
  }
  async function unbind(tail: string, left: RegExp) {
    await openPage('银行卡')
    await card(tail).getByRole('button', { name: '解绑' }).click()
    await card(tail).getByText(left).waitFor()
    await card(tail).getByRole('button', { name: '确认解绑' }).click()
    expect(await wallet.keypad.read()).toContain(tail)
    await wallet.keypad.type(PASSWORD)
    await card(tail).waitFor({ state: 'detached' })
  }

  it('sets a password with the bank’s SMS, as the wallet has a card (R16)', async () => {
    await wallet.row('支付密码').click()
    await phone.root.getByText('由云谷银行(尾号 1234)的预留手机验证').waitFor()
    await expectAccessible(phone, 'password')
    await wallet.startPassword(sandbox)
    await wallet.choosePassword(PHRASE, PASSWORD)
    await wallet.button('完成').click()
  })

  it('binds two more cards, and charges the one she makes the default (R10, R13)', async () => {
    await bind(QINGJIANG)
    await bind(BAILU)
    await openPage('银行卡')
    expect(await card('1234').textContent()).toContain('默认')
    await card('3308').getByRole('button', { name: '设为默认' }).focus()
    await phone.page.keyboard.press('Enter')
    await card('3308').getByText('默认', { exact: true }).waitFor()
    await expectAccessible(phone, 'cards')
    const pay = await openPhone(NAME)
    await pay.chooseAccount('wallet')
    // A student pays nine tenths, which is more than the wallet has.
    const answer = await till.pay(await pay.readCodeLike(/^711001/), '200.00')
    expect(answer).toMatchObject({ exitCode: 0, line: { channel: 'bank_card' } })
    expect(await pay.readResult('paid')).toContain('已改从白鹭银行(尾号 3308)支付')
    await pay.close()
  })

  it('does not take a consent back while cards are bound by it (R42)', async () => {
    await openPage('隐私与数据')
    const binding = consent('绑定银行卡')
    await binding.getByText('已同意').waitFor()
    expect(await consent('刷脸支付').textContent()).toContain('没有同意过，也没有收集')
    // The school brought these along.
    expect(await consent('校园卡').textContent()).toContain('没有在这里同意过')
    await expectAccessible(phone, 'privacy')
    await binding.getByRole('button', { name: '撤回同意' }).click()
    await binding.getByRole('button', { name: '确认撤回' }).click()
    await binding.getByText('CONSENT_BANK_CARD_BOUND').waitFor()
    await expectAccessible(phone, 'consent-in-use')
    await binding.getByRole('button', { name: '去看银行卡' }).click()
    await wallet.heading('银行卡').waitFor()
  })

  it('lets go of three cards, the default moving on, and then of the consent', async () => {
    await unbind('3308', /你还剩 3 次/)
    await card('1234').getByText('默认', { exact: true }).waitFor()
    await unbind('1234', /你还剩 2 次/)
    await openPage('银行卡')
    await card('8821').getByRole('button', { name: '解绑' }).click()
    await card('8821').getByText('这是最后一张卡').waitFor()
    await expectAccessible(phone, 'unbind-last')
    await card('8821').getByRole('button', { name: '先不了' }).click()
    await unbind('8821', /你还剩 1 次/)
    await wallet.heading('还没有绑银行卡').waitFor()
    await expectAccessible(phone, 'cards-none')
    await openPage('隐私与数据')
    const binding = consent('绑定银行卡')
    await binding.getByRole('button', { name: '撤回同意' }).click()
    await binding.getByRole('button', { name: '确认撤回' }).click()
    await binding.getByText('未同意').waitFor()
  })

  it('binds again, and cannot let go a fourth time', async () => {
    await bind(YUNGU)
    await openPage('银行卡')
    await card('1234').getByRole('button', { name: '解绑' }).click()
    await card('1234').getByText('3 次解绑机会已用完').waitFor()
    expect(await card('1234').getByRole('button', { name: '确认解绑' }).count()).toBe(0)
    await expectAccessible(phone, 'unbind-none')
    await card('1234').getByRole('button', { name: '关闭' }).click()
  })

  it('does not close a wallet with money in it, and says what to do first (R11)', async () => {
    await wallet.goHome()
    await wallet.button('注销钱包').click()
    await phone.root.getByText('还有 ¥128.40，先提现或用完').waitFor()
    expect(await phone.root.locator('.button.danger').count()).toBe(0)
    await expectAccessible(phone, 'close-refused')
    await wallet.button('去提现').click()
    await wallet.heading('提现').waitFor()
  })

  it('takes all of her data away as a file, with the password, and no secret in it (R42)', async () => {
    await openPage('隐私与数据')
    await wallet.button('输密码并导出').click()
    expect(await wallet.keypad.read()).toContain(PHRASE)
    await wallet.keypad.type(PASSWORD)
    const link = phone.root.getByRole('link', { name: '下载文件' })
    await link.waitFor()
    await expectAccessible(phone, 'export')
    const [download] = await Promise.all([phone.page.waitForEvent('download'), link.click()])
    const text = await readText(await download.createReadStream())
    const data = JSON.parse(text)
    expect(data.about).toMatchObject({
      name: NAME,
      cardNo: person.cardNo,
      phone: PERSON.phone,
      wallet: { status: 'open', balanceFen: 12_840, unbindsLeft: 0 },
    })
    expect(data.bankCards).toHaveLength(4)
    expect(data.bill).toContainEqual(
      expect.objectContaining({ amountFen: 18_000, channel: 'bank_card', cardTail: '3308' }),
    )
    const withdrawn = { purpose: 'bank_binding', withdrawnAt: expect.any(String) }
    expect(data.consents).toContainEqual(expect.objectContaining(withdrawn))
    const actions = data.approvals.map(({ action }: { action: { kind: string } }) => action.kind)
    expect(actions).toEqual(expect.arrayContaining(['set_password', 'unbind_card', 'export_data']))
    for (const secret of [PASSWORD, PHRASE, PERSON.idNumber, YUNGU.cardNo, BAILU.cardNo]) {
      expect(text).not.toContain(secret)
    }
    // Nor what opens anything, by its name, or a code by its form.
    const secrets = /.{0,80}(argon2|"(ticket|token|hash|secret|challenge)":|"7[12]\d{22}").{0,80}/gi
    expect(text.match(secrets)).toBeNull()
    await wallet.button('用完了，清除').click()
    await wallet.button('输密码并导出').waitFor()
  })
})
