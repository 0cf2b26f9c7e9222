import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expectAccessible } from './accessible.ts'
import { takePeople, takeServices } from './people.ts'
import type { Phone } from './phone.ts'
import { openPhone, sandbox, till } from './stage.ts'
import { WalletScreen } from './wallet-screen.ts'

takePeople(['周子昂', '顾明远'])
takeServices(['bank', 'one-card'])

const SETTLED_MS = 45_000

let phone: Phone
beforeEach(async () => {
  phone = await openPhone('周子昂')
  await phone.waitForCode()
})
afterEach(async () => {
  await sandbox.setFault('bank', 'none')
  await sandbox.setFault('one-card', 'none')
  await phone.close()
})

/** What the bank has taken from a card since `before`, by its own journal. */
async function debitsSince(before: number): Promise<number[]> {
  const journal = (await sandbox.readJournal('bank')).slice(before)
  return journal.filter(({ kind }) => kind === 'debited').map(({ amountFen }) => amountFen)
}

async function journalLength(): Promise<number> {
  return (await sandbox.readJournal('bank')).length
}

describe('a wallet that is short (R13)', () => {
  it('pays the whole amount from the bound card, and the phone says so', async () => {
    const before = await journalLength()
    const { exitCode, line } = await till.pay(await phone.readCode(), '20.00')
    expect({ exitCode, ...line }).toMatchObject({
      exitCode: 0,
      status: 'PAID',
      amountFen: 1800,
      channel: 'bank_card',
    })
    const result = await phone.readResult('paid')
    expect(result).toContain('余额不够，已改从青江银行(尾号 5678)支付')
    await phone.shoot('paid-bank')
    expect(await debitsSince(before)).toEqual([1800])
    await phone.openBill()
    await phone.expectInBill(/青江银行\(尾号 5678\).*−¥18\.00/)
  })

  it('is told when the bank says no', async () => {
    await sandbox.setFault('bank', 'decline')
    const answer = await till.pay(await phone.readCode(), '20.00')
    expect(answer).toMatchObject({ exitCode: 1, line: { code: 'BANK_DECLINED' } })
    expect(await phone.readResult('refused')).toMatch(/银行卡没扣成.*余额不够.*BANK_DECLINED/)
  })

  it('is told when the bank is not there', async () => {
    const before = await journalLength()
    await sandbox.setFault('bank', 'down')
    const answer = await till.pay(await phone.readCode(), '20.00')
    expect(answer).toMatchObject({ exitCode: 1, line: { code: 'BANK_UNAVAILABLE' } })
    expect(await phone.readResult('refused')).toMatch(/银行暂时连不上.*余额不够.*BANK_UNAVAILABLE/)
    await expectAccessible(phone, 'refused-bank-down')
    await sandbox.setFault('bank', 'none')
    expect(await debitsSince(before)).toEqual([])
  })

  it('pays once when the bank debits and then drops the line', async () => {
    const before = await journalLength()
    await sandbox.setFault('bank', 'debit_then_drop', { count: 1 })
    const orderNo = till.newOrderNo()
    const code = await phone.readCode()
    await till.pay(code, '20.00', orderNo)
    await expect
      .poll(async () => (await till.query(orderNo)).line.status, { timeout: SETTLED_MS })
      .toBe('PAID')
    expect(await phone.readResult('paid')).toContain('青江银行(尾号 5678)')
    expect(await till.pay(code, '20.00', orderNo)).toMatchObject({ exitCode: 0 })
    expect(await debitsSince(before)).toEqual([1800])
  })

  it('is unknown while the bank is silent, and paid once it has answered (R33)', async () => {
    const before = await journalLength()
    await sandbox.setFault('bank', 'silent')
    const orderNo = till.newOrderNo()
    const paying = till.pay(await phone.readCode(), '20.00', orderNo, ['--patience', '8'])
    expect(await phone.readResult('waiting')).toContain('请勿重复付款')
    await expectAccessible(phone, 'waiting')
    expect(await paying).toMatchObject({ exitCode: 2 })
    expect((await till.query(orderNo)).line.status).toBe('UNKNOWN')
    await sandbox.setFault('bank', 'none')
    await expect
      .poll(async () => (await till.query(orderNo)).line.status, { timeout: SETTLED_MS })
      .not.toBe('UNKNOWN')
    const { line } = await till.query(orderNo)
    expect(line.status).toBe((await debitsSince(before)).length === 1 ? 'PAID' : 'REFUSED')
  }, 150_000)

  it('gets a reversed payment back at the bank', async () => {
    const orderNo = till.newOrderNo()
    expect(await till.pay(await phone.readCode(), '20.00', orderNo)).toMatchObject({ exitCode: 0 })
    await phone.readResult('paid')
    const reversed = await till.reverse(orderNo)
    expect(reversed.line).toMatchObject({ status: 'REVERSED' })
    const last = (await sandbox.readJournal('bank')).at(-1)
    expect(last).toMatchObject({ kind: 'reversed', amountFen: 1800 })
  })
})

describe('a top-up while the bank is silent (R12)', () => {
  it('says exactly that, survives closing the page, and comes once the bank has answered', async () => {
    const before = await journalLength()
    const page = await openPhone('周子昂', { screen: 'wallet' })
    const wallet = new WalletScreen(page)
    await wallet.row('支付密码').click()
    await wallet.startPassword(sandbox)
    await wallet.choosePassword('今晚跑三圈', '604182')
    await wallet.goHome()
    const balance = await wallet.readBalance()

    await sandbox.setFault('bank', 'silent')
    await wallet.button('充值').click()
    await wallet.button('¥50').click()
    await page.root.getByRole('button', { name: '充值', exact: true }).last().click()
    await wallet.keypad.type('604182')
    await wallet.heading('银行还没回复').waitFor()
    await expectAccessible(page, 'top-up-unknown')
    await page.close()

    const again = await openPhone('周子昂', { screen: 'wallet' })
    const home = new WalletScreen(again)
    await again.root.getByText('充值 ¥50.00').waitFor()
    expect(await home.readBalance()).toBe(balance)
    await sandbox.setFault('bank', 'none')
    await again.root.getByText('充值 ¥50.00').waitFor({ state: 'detached', timeout: SETTLED_MS })
    const came = (await home.readBalance()) !== balance
    expect(await debitsSince(before)).toEqual(came ? [5000] : [])
    await again.close()
  }, 150_000)
})

describe('the one-card account (R7, R8)', () => {
  it('pays when the person switches to it', async () => {
    await phone.chooseAccount('one_card')
    const code = await phone.readCodeLike(/^7110016\d{17}$/)
    const { exitCode, line } = await till.pay(code, '10.00')
    expect({ exitCode, ...line }).toMatchObject({
      exitCode: 0,
      status: 'PAID',
      amountFen: 900,
      channel: 'one_card',
    })
    expect(await phone.readResult('paid')).toContain('付款方式 一卡通余额')
  })

  it('says that it is short', async () => {
    // The account chosen last comes first the next time.
    const code = await phone.readCodeLike(/^7110016\d{17}$/)
    const answer = await till.pay(code, '200.00')
    expect(answer).toMatchObject({ exitCode: 1, line: { code: 'INSUFFICIENT_FUNDS' } })
    expect(await phone.readResult('refused')).toContain('余额不够')
  })

  it('is refused when the one-card system is down, with the wallet as the way out', async () => {
    const code = await phone.readCodeLike(/^7110016\d{17}$/)
    await sandbox.setFault('one-card', 'down')
    const answer = await till.pay(code, '2.00')
    expect(answer).toMatchObject({ exitCode: 1, line: { code: 'ONE_CARD_UNAVAILABLE' } })
    const result = await phone.readResult('refused')
    expect(result).toContain('一卡通暂时用不了')
    await expectAccessible(phone, 'refused-one-card-down')
    await phone.root.getByRole('button', { name: /改用电子钱包/ }).click()
    await phone.readCodeLike(/^7110017\d{17}$/)
  })

  it('is shown as unavailable while it is down, and the wallet pays', async () => {
    await sandbox.setFault('one-card', 'down')
    const other = await openPhone('周子昂')
    await expect.poll(() => other.account('one_card').textContent()).toContain('暂不可用')
    expect(await other.account('one_card').isDisabled()).toBe(true)
    await other.shoot('one-card-down')
    await other.chooseAccount('wallet')
    const code = await other.readCodeLike(/^7110017\d{17}$/)
    const answer = await till.pay(code, '1.00')
    expect(answer).toMatchObject({ exitCode: 0, line: { channel: 'wallet', amountFen: 90 } })
    await other.readResult('paid')
    await other.close()
    const card = await openPhone('周子昂', { screen: 'card' })
    await card.root.getByText('暂不可用').waitFor()
    await expectAccessible(card, 'card-one-card-down')
    await card.close()
    const wallet = await openPhone('周子昂', { screen: 'wallet' })
    expect(await new WalletScreen(wallet).readBalance()).toMatch(/¥\d+\.\d\d/)
    await wallet.close()
  })

  it('is all there is for a person without a wallet', async () => {
    const other = await openPhone('顾明远')
    const code = await other.readCodeLike(/^7110016\d{17}$/)
    expect(await other.account('wallet').textContent()).toContain('未开通')
    const answer = await till.pay(code, '10.00')
    expect(answer).toMatchObject({ exitCode: 0, line: { channel: 'one_card' } })
    await other.readResult('paid')
    await other.close()
  })
})
