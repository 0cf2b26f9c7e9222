import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { checkBooks } from '../ledger/check-books.ts'
import { readBalance, rollUpBalances } from '../ledger/roll-up-balances.ts'
import { accountNames } from '../ledger/store.ts'
import { driveMovement } from '../movements/drive-movement.ts'
import { driveDueMovements } from '../movements/worker.ts'
import { createTestCampus, paymentOf, SCHOOL, type TestCampus } from '../testing/campus.ts'

let campus: TestCampus
let orders = 0
const orderNo = () => `x-${++orders}`

beforeAll(async () => {
  campus = await createTestCampus()
})
afterEach(async () => {
  for (const port of [campus.bank, campus.oneCard]) {
    port.setFault('none')
    port.calls.length = 0
  }
  await finish()
  expect(await checkBooks(campus.db.pool)).toEqual([])
  // What the outside systems took is what clearing says they owe.
  const clearing = await readBalance(campus.db.pool, SCHOOL, accountNames.clearing('bank'))
  const seeded = await campus.db.pool.query(
    `select coalesce(sum(amount_fen), 0)::bigint as fen from postings where kind = 'top_up'`,
  )
  expect(-clearing - seeded.rows[0].fen).toBe(campus.bank.netFen())
})
afterAll(() => campus.close())

/** Lets the worker finish everything, without waiting for its back-off. */
async function finish() {
  for (let rounds = 0; rounds < 10; rounds++) {
    await campus.db.pool.query('update external_movements set next_attempt_at = now()')
    if ((await driveDueMovements(campus.services)) === 0) return
  }
  throw new Error('movements stay open')
}

/** A person whose wallet is short and whose bank card is bound. */
async function payFromCard(amountFen = 3000) {
  const { personId } = await campus.addPerson({ walletFen: 100, bankCard: true })
  const request = { orderNo: orderNo(), amountFen, code: await campus.issueCode(personId) }
  return { personId, request, answer: await campus.pay(request) }
}

describe('R13: the wallet is short', () => {
  test('the whole amount comes from the bank card, never a split', async () => {
    const { personId, answer } = await payFromCard()
    expect(paymentOf(answer as never)).toMatchObject({
      status: 'PAID',
      channel: 'bank_card',
      amountFen: 3000,
    })
    expect(await campus.payer(personId)).toMatchObject({ wallet_fen: 100, spent_fen: 3000 })
  })

  test('the bank declines: refused, and the day’s allowance is back', async () => {
    campus.bank.setFault('decline')
    const { personId, request, answer } = await payFromCard()
    expect(answer).toEqual({ refused: 'BANK_DECLINED' })
    expect(await campus.pay(request)).toEqual({ refused: 'BANK_DECLINED' })
    expect((await campus.payer(personId)).spent_fen).toBe(0)
  })

  test('the bank says it moved another amount: neither paid nor given back by that word', async () => {
    campus.bank.setFault('other_amount')
    const { request, answer } = await payFromCard()
    expect(paymentOf(answer as never).status).toBe('UNKNOWN')
    campus.bank.setFault('none')
    await finish()
    expect(paymentOf(await campus.pay(request)).status).toBe('PAID')
    campus.bank.setFault('other_amount')
    const refund = () => campus.refund(request.orderNo, 'r1', 3000)
    expect(await refund()).toMatchObject({ body: { status: 'PROCESSING' } })
    campus.bank.setFault('none')
    await finish()
    expect(await refund()).toMatchObject({ body: { status: 'REFUNDED' } })
  })

  test('the bank cannot be reached: refused at once, for nothing was sent', async () => {
    campus.bank.setFault('down')
    const { answer } = await payFromCard()
    expect(answer).toEqual({ refused: 'BANK_UNAVAILABLE' })
  })

  test('the first attempt was held up and not sent, but a second was: only the bank decides', async () => {
    const { bank } = campus
    let giveUp = () => {}
    const heldUp = new Promise<void>((resolve) => {
      giveUp = resolve
    })
    let attempts = 0
    const debit: typeof bank.debit = async (request) => {
      if (++attempts > 1) return bank.debit(request)
      await heldUp
      return { ok: false, reason: 'NOT_SENT' }
    }
    const ports = { ...campus.services.ports, bank: { ...bank, debit } }
    const services = { ...campus.services, ports }
    bank.setFault('silent')
    const { request, answer } = await payFromCard()
    expect(paymentOf(answer as never).status).toBe('UNKNOWN')
    // As it was before its maker's attempt.
    await campus.db.pool.query(
      "update external_movements set attempt_count = 0 where state = 'open'",
    )
    const { paymentId } = paymentOf(answer as never)
    const before = bank.netFen()
    bank.setFault('processing')
    const first = driveMovement(services, SCHOOL, paymentId)
    await expect.poll(() => attempts).toBe(1)
    await driveMovement(services, SCHOOL, paymentId)
    giveUp()
    await first
    expect(paymentOf((await campus.query(request.orderNo)) as never).status).toBe('UNKNOWN')
    bank.setFault('none')
    bank.settle('SUCCEEDED')
    await finish()
    expect(paymentOf((await campus.query(request.orderNo)) as never).status).toBe('PAID')
    expect(bank.netFen() - before).toBe(3000)
  })

  test('the bank is silent: UNKNOWN, never failed, and the worker finishes it', async () => {
    campus.bank.setFault('silent')
    const { request, answer } = await payFromCard()
    expect(paymentOf(answer as never)).toMatchObject({ status: 'UNKNOWN', channel: null })
    expect(paymentOf((await campus.pay(request)) as never).status).toBe('UNKNOWN')
    campus.bank.setFault('none')
    await finish()
    expect(paymentOf((await campus.query(request.orderNo)) as never)).toMatchObject({
      status: 'PAID',
      channel: 'bank_card',
    })
  })

  test('the bank debits and drops the answer: found by query, debited once', async () => {
    campus.bank.setFault('drop_answer')
    const before = campus.bank.netFen()
    const { request, answer } = await payFromCard()
    expect(paymentOf(answer as never).status).toBe('UNKNOWN')
    campus.bank.setFault('none')
    await finish()
    expect(paymentOf((await campus.query(request.orderNo)) as never).status).toBe('PAID')
    expect(campus.bank.netFen() - before).toBe(3000)
    expect(campus.bank.calls.filter((call) => call === 'debit')).toHaveLength(1)
  })

  test('the bank debits and refuses the repeat of the call: that is no refusal of the debit', async () => {
    campus.bank.setFault('refuse_repeat')
    const before = campus.bank.netFen()
    const { request, answer } = await payFromCard()
    expect(paymentOf(answer as never).status).toBe('UNKNOWN')
    campus.bank.setFault('none')
    await finish()
    expect(paymentOf((await campus.query(request.orderNo)) as never).status).toBe('PAID')
    expect(campus.bank.netFen() - before).toBe(3000)
  })

  test('R18: a payment from the card ends the codes on display, by the core’s clock alone', async () => {
    const { personId } = await campus.addPerson({ walletFen: 100, bankCard: true })
    const phone = await campus.enrolPhone(personId)
    const pay = async (secondsAgo = 0) => {
      const code = await campus.drawCode(phone, { secondsAgo })
      return campus.pay({ orderNo: orderNo(), amountFen: 3000, code })
    }
    // The database's clock is a minute ahead of ours.
    campus.moveClock(-60_000)
    expect(paymentOf((await pay(20)) as never).status).toBe('PAID')
    expect(await pay(10)).toEqual({ refused: 'CODE_USED' })
    campus.moveClock(10_000)
    expect(paymentOf((await pay()) as never).status).toBe('PAID')
    campus.moveClock(50_000)
  })

  test('nobody waits any more: an unsent debit is called off, not sent late', async () => {
    campus.bank.setFault('silent')
    const { request } = await payFromCard()
    await campus.db.pool.query(
      `update external_movements set created_at = now() - interval '46 seconds' where state = 'open'`,
    )
    campus.bank.setFault('none')
    await finish()
    expect(campus.bank.calls).toContain('reverse')
    expect(paymentOf((await campus.query(request.orderNo)) as never)).toMatchObject({
      status: 'REFUSED',
      refusal: { code: 'BANK_UNAVAILABLE' },
    })
  })

  test('the bank takes its time: PROCESSING until it has decided', async () => {
    campus.bank.setFault('processing')
    const { request, answer } = await payFromCard()
    expect(paymentOf(answer as never).status).toBe('PROCESSING')
    campus.bank.setFault('none')
    campus.bank.settle('SUCCEEDED')
    await finish()
    expect(paymentOf((await campus.query(request.orderNo)) as never).status).toBe('PAID')
  })
})

describe('R7: the one-card account', () => {
  const pay = async () => {
    const { personId } = await campus.addPerson()
    const code = await campus.issueCode(personId, { account: 'one_card' })
    return { personId, answer: await campus.pay({ orderNo: orderNo(), amountFen: 500, code }) }
  }
  test('pays through the one-card system and leaves the wallet alone', async () => {
    const { personId, answer } = await pay()
    expect(paymentOf(answer as never)).toMatchObject({ status: 'PAID', channel: 'one_card' })
    expect((await campus.payer(personId)).wallet_fen).toBe(10_000)
  })
  test('R8: is refused alone when its system is down', async () => {
    campus.oneCard.setFault('down')
    const { personId, answer } = await pay()
    expect(answer).toEqual({ refused: 'ONE_CARD_UNAVAILABLE' })
    const code = await campus.issueCode(personId)
    const wallet = await campus.pay({ orderNo: orderNo(), amountFen: 500, code })
    expect(paymentOf(wallet as never).status).toBe('PAID')
  })
  test('is not open where its system knows nobody of that number', async () => {
    campus.oneCard.setFault('no_account')
    expect((await pay()).answer).toEqual({ refused: 'ACCOUNT_NOT_OPEN' })
  })
})

describe('R33: reversal', () => {
  test('of a wallet payment is net zero, and repeats say the same', async () => {
    const { personId } = await campus.addPerson()
    const request = { orderNo: orderNo(), amountFen: 700, code: await campus.issueCode(personId) }
    await campus.pay(request)
    const reversed = await campus.reverse(request.orderNo)
    expect(paymentOf(reversed as never)).toMatchObject({ status: 'REVERSED', amountFen: 700 })
    expect(await campus.reverse(request.orderNo)).toEqual(reversed)
    expect(await campus.payer(personId)).toMatchObject({ wallet_fen: 10_000, spent_fen: 0 })
    expect(await campus.pay(request)).toEqual({ refused: 'ORDER_REVERSED' })
  })

  test('before its order leaves a tombstone, and the order never succeeds', async () => {
    const { personId } = await campus.addPerson()
    const no = orderNo()
    expect(paymentOf((await campus.reverse(no)) as never)).toMatchObject({
      status: 'REVERSED',
      listFen: null,
    })
    const code = await campus.issueCode(personId)
    expect(await campus.pay({ orderNo: no, amountFen: 700, code })).toEqual({
      refused: 'ORDER_REVERSED',
    })
    expect((await campus.payer(personId)).wallet_fen).toBe(10_000)
  })

  test('against its payment at the same moment ends reversed and net zero, whoever wins', async () => {
    for (let round = 0; round < 20; round++) {
      const { personId } = await campus.addPerson()
      const request = { orderNo: orderNo(), amountFen: 700, code: await campus.issueCode(personId) }
      await Promise.all([campus.pay(request), campus.reverse(request.orderNo)])
      expect(paymentOf((await campus.query(request.orderNo)) as never).status).toBe('REVERSED')
      expect((await campus.payer(personId)).wallet_fen).toBe(10_000)
    }
  })

  test('of a refused order moves nothing and leaves it refused', async () => {
    const { personId } = await campus.addPerson({ walletFen: 0 })
    const request = { orderNo: orderNo(), amountFen: 700, code: await campus.issueCode(personId) }
    await campus.pay(request)
    expect(paymentOf((await campus.reverse(request.orderNo)) as never).status).toBe('REFUSED')
  })

  test('of a bank payment is asked of the bank and posted back', async () => {
    const before = campus.bank.netFen()
    const { personId, request } = await payFromCard()
    expect(paymentOf((await campus.reverse(request.orderNo)) as never).status).toBe('REVERSED')
    expect(campus.bank.netFen()).toBe(before)
    expect((await campus.payer(personId)).spent_fen).toBe(0)
  })

  test('while the bank is silent waits as REVERSING, and a late success stays undone', async () => {
    campus.bank.setFault('drop_answer')
    const before = campus.bank.netFen()
    const { request } = await payFromCard()
    campus.bank.setFault('silent')
    const answer = await campus.reverse(request.orderNo)
    expect(answer).toMatchObject({ status: 202, body: { status: 'REVERSING' } })
    campus.bank.setFault('none')
    await finish()
    expect(paymentOf((await campus.query(request.orderNo)) as never).status).toBe('REVERSED')
    expect(campus.bank.netFen()).toBe(before)
  })
})

describe('R33: refund', () => {
  test('returns parts up to the whole, once per number', async () => {
    const { personId } = await campus.addPerson()
    const no = orderNo()
    await campus.pay({ orderNo: no, amountFen: 1000, code: await campus.issueCode(personId) })
    const first = await campus.refund(no, 'r1', 400)
    expect(first).toMatchObject({
      status: 200,
      body: { status: 'REFUNDED', amountFen: 400, channel: 'wallet' },
    })
    expect(await campus.refund(no, 'r1', 400)).toEqual(first)
    expect(await campus.queryRefund(no, 'r1')).toEqual(first)
    expect(await campus.refund(no, 'r1', 300)).toEqual({ refused: 'REFUND_NO_REUSED' })
    expect(await campus.refund(no, 'r2', 601)).toEqual({ refused: 'REFUND_EXCEEDS_PAYMENT' })
    expect(await campus.reverse(no)).toEqual({ refused: 'ORDER_REFUNDED' })
    expect(await campus.refund(no, 'r2', 600)).toMatchObject({ status: 200 })
    expect((await campus.payer(personId)).wallet_fen).toBe(10_000)
    expect(paymentOf((await campus.query(no)) as never)).toMatchObject({
      status: 'PAID',
      refundedFen: 1000,
    })
  })

  test('refuses what was never paid', async () => {
    expect(await campus.refund('no-such', 'r', 1)).toEqual({ refused: 'ORDER_NOT_FOUND' })
    const no = orderNo()
    await campus.reverse(no)
    expect(await campus.refund(no, 'r', 1)).toEqual({ refused: 'ORDER_NOT_PAID' })
    expect(await campus.queryRefund(no, 'r')).toEqual({ refused: 'REFUND_NOT_FOUND' })
    expect(await campus.queryRefund('no-such', 'r')).toEqual({ refused: 'ORDER_NOT_FOUND' })
  })

  test('twenty refunds at once never exceed the payment', async () => {
    const { personId } = await campus.addPerson()
    const no = orderNo()
    await campus.pay({ orderNo: no, amountFen: 1000, code: await campus.issueCode(personId) })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => campus.refund(no, `p${at}`, 100)),
    )
    expect(answers.filter((answer) => !('refused' in answer))).toHaveLength(10)
    expect((await campus.payer(personId)).wallet_fen).toBe(10_000)
  })

  test('that the bank declines is said once and for all, and leaves the amount to another', async () => {
    const before = campus.bank.netFen()
    const { request } = await payFromCard()
    campus.bank.setFault('decline')
    expect(await campus.refund(request.orderNo, 'r1', 1000)).toEqual({ refused: 'REFUND_DECLINED' })
    campus.bank.setFault('none')
    expect(await campus.refund(request.orderNo, 'r1', 1000)).toEqual({ refused: 'REFUND_DECLINED' })
    expect(await campus.queryRefund(request.orderNo, 'r1')).toMatchObject({
      body: { status: 'DECLINED' },
    })
    expect(await campus.refund(request.orderNo, 'r2', 3000)).toMatchObject({ status: 200 })
    expect(campus.bank.netFen()).toBe(before)
  })

  test('of a bank payment survives a silent bank', async () => {
    const before = campus.bank.netFen()
    const { request } = await payFromCard()
    campus.bank.setFault('silent')
    expect(await campus.refund(request.orderNo, 'r1', 1000)).toMatchObject({
      status: 202,
      body: { status: 'PROCESSING' },
    })
    campus.bank.setFault('none')
    await finish()
    expect(await campus.refund(request.orderNo, 'r1', 1000)).toMatchObject({ status: 200 })
    expect(campus.bank.netFen()).toBe(before + 2000)
  })
})

test('merchant and clearing balances are the same before and after rolling up', async () => {
  const { personId } = await campus.addPerson()
  const merchant = accountNames.merchant(campus.merchantId)
  const pay = async () =>
    campus.pay({ orderNo: orderNo(), amountFen: 100, code: await campus.issueCode(personId) })
  await pay()
  const before = await readBalance(campus.db.pool, SCHOOL, merchant)
  await rollUpBalances(campus.db)
  expect(await readBalance(campus.db.pool, SCHOOL, merchant)).toBe(before)
  await pay()
  expect(await readBalance(campus.db.pool, SCHOOL, merchant)).toBe(before + 100)
  await rollUpBalances(campus.db)
  await rollUpBalances(campus.db)
  expect(await readBalance(campus.db.pool, SCHOOL, merchant)).toBe(before + 100)
})
