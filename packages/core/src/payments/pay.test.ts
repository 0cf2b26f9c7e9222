import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TerminalCaller } from '../http/operation.ts'
import { checkBooks } from '../ledger/check-books.ts'
import { createTestCampus, paymentOf, type TestCampus } from '../testing/campus.ts'
import { createPayBatcher } from './pay.ts'

let campus: TestCampus
let orders = 0
const orderNo = () => `o-${++orders}`

beforeAll(async () => {
  campus = await createTestCampus()
})
afterAll(async () => {
  // Whatever the tests above did, the books are right.
  expect(await checkBooks(campus.db.pool)).toEqual([])
  await campus.close()
})

describe('paying', () => {
  test('R18: a device code pays once, and the answer names price, rule, class and channel', async () => {
    const { personId } = await campus.addPerson({ personClass: 'student', walletFen: 5000 })
    const phone = await campus.enrolPhone(personId)
    const request = { orderNo: orderNo(), amountFen: 1500, code: await campus.drawCode(phone) }
    const payment = paymentOf(await campus.pay(request))
    expect(payment).toMatchObject({
      status: 'PAID',
      listFen: 1500,
      amountFen: 1350,
      rule: { name: { en: 'Student price' }, changeFen: -150 },
      payer: { class: 'student', maskedName: '林*夏' },
      channel: 'wallet',
      refundedFen: 0,
      refusal: null,
    })
    expect((await campus.payer(personId)).wallet_fen).toBe(3650)
    expect(paymentOf(await campus.query(request.orderNo))).toEqual(payment)
  })

  test('R33: the same order and content gets the first answer, also with an old code', async () => {
    const { personId } = await campus.addPerson()
    const phone = await campus.enrolPhone(personId)
    const request = { orderNo: orderNo(), amountFen: 100, code: await campus.drawCode(phone) }
    const first = await campus.pay(request)
    expect(await campus.pay(request)).toEqual(first)
    campus.moveClock(3 * 60_000)
    expect(await campus.pay(request)).toEqual(first)
    campus.moveClock(-3 * 60_000)
    expect((await campus.payer(personId)).wallet_fen).toBe(9900)
  })

  test('R33: an order number with other content is refused and changes nothing', async () => {
    const { personId } = await campus.addPerson()
    const request = { orderNo: orderNo(), amountFen: 100, code: await campus.issueCode(personId) }
    await campus.pay(request)
    expect(await campus.pay({ ...request, amountFen: 101 })).toEqual({ refused: 'ORDER_NO_REUSED' })
    const code = await campus.issueCode(personId)
    expect(await campus.pay({ ...request, code })).toEqual({ refused: 'ORDER_NO_REUSED' })
    expect((await campus.payer(personId)).wallet_fen).toBe(9900)
    // The second code was not spent by the refused order.
    expect(paymentOf(await campus.pay({ ...request, orderNo: orderNo(), code })).status).toBe(
      'PAID',
    )
  })

  test('R18: a code is spent by its order; another order, here or elsewhere, is refused', async () => {
    const { personId } = await campus.addPerson()
    const phone = await campus.enrolPhone(personId)
    const code = await campus.drawCode(phone)
    await campus.pay({ orderNo: orderNo(), amountFen: 100, code })
    const other = await campus.addTerminal()
    for (const caller of [campus.terminal, other]) {
      expect(await campus.pay({ orderNo: orderNo(), amountFen: 100, code }, caller)).toEqual({
        refused: 'CODE_USED',
      })
    }
    const issued = await campus.issueCode(personId)
    await campus.pay({ orderNo: orderNo(), amountFen: 100, code: issued })
    expect(await campus.pay({ orderNo: orderNo(), amountFen: 100, code: issued }, other)).toEqual({
      refused: 'CODE_USED',
    })
  })

  test('R18: a success kills the codes still on display', async () => {
    const { personId } = await campus.addPerson()
    const phone = await campus.enrolPhone(personId)
    const older = await campus.drawCode(phone, { secondsAgo: 25 })
    const newer = await campus.drawCode(phone, { secondsAgo: 12 })
    expect(
      paymentOf(await campus.pay({ orderNo: orderNo(), amountFen: 1, code: older })).status,
    ).toBe('PAID')
    expect(await campus.pay({ orderNo: orderNo(), amountFen: 1, code: newer })).toEqual({
      refused: 'CODE_USED',
    })
  })

  test('R18: a declined order spends its code too, and repeats its answer', async () => {
    const { personId } = await campus.addPerson({ walletFen: 50 })
    const phone = await campus.enrolPhone(personId)
    const request = { orderNo: orderNo(), amountFen: 100, code: await campus.drawCode(phone) }
    expect(await campus.pay(request)).toEqual({ refused: 'INSUFFICIENT_FUNDS' })
    expect(await campus.pay(request)).toEqual({ refused: 'INSUFFICIENT_FUNDS' })
    expect(await campus.pay({ ...request, orderNo: orderNo(), amountFen: 10 })).toEqual({
      refused: 'CODE_USED',
    })
    expect(paymentOf(await campus.query(request.orderNo))).toMatchObject({
      status: 'REFUSED',
      refusal: { code: 'INSUFFICIENT_FUNDS' },
      channel: null,
    })
  })

  test.each([
    ['CARD_LOCKED', { cardStatus: 'locked' }, {}],
    ['CARD_CLOSED', { cardStatus: 'closed' }, {}],
    ['CARD_NOT_CLAIMED', { cardStatus: 'unclaimed' }, {}],
    ['ACCOUNT_NOT_OPEN', { wallet: 'not_open', walletFen: 0 }, {}],
    ['ACCOUNT_NOT_OPEN', { oneCardStatus: 'not_open' }, { account: 'one_card' as const }],
    ['PASSWORD_REQUIRED', {}, { revealed: true }],
    ['OVER_SINGLE_LIMIT', { walletFen: 90_000 }, { amountFen: 20_001 }],
    ['INSUFFICIENT_FUNDS', { walletFen: 99 }, {}],
  ] as const)('R22: refuses %s and moves nothing', async (refused, person, code) => {
    const { personId } = await campus.addPerson(person)
    const before = await campus.payer(personId)
    const amountFen = 'amountFen' in code ? code.amountFen : 100
    const drawn = await campus.issueCode(personId, 'amountFen' in code ? {} : code)
    const request = { orderNo: orderNo(), amountFen, code: drawn }
    expect(await campus.pay(request)).toEqual({ refused })
    expect(await campus.payer(personId)).toEqual(before)
  })

  test('R15: the day’s limit counts what was paid today and not what came back', async () => {
    const { personId } = await campus.addPerson({ walletFen: 200_000 })
    const first = orderNo()
    for (const no of [first, orderNo(), orderNo(), orderNo(), orderNo()]) {
      const code = await campus.issueCode(personId)
      paymentOf(await campus.pay({ orderNo: no, amountFen: 20_000, code }))
    }
    const over = { orderNo: orderNo(), amountFen: 1, code: await campus.issueCode(personId) }
    expect(await campus.pay(over)).toEqual({ refused: 'OVER_DAILY_LIMIT' })
    await campus.reverse(first)
    const again = { orderNo: orderNo(), amountFen: 20_000, code: await campus.issueCode(personId) }
    expect(paymentOf(await campus.pay(again)).status).toBe('PAID')
    await campus.db.pool.query(`update payers set spent_on = spent_on - 1 where person_id = $1`, [
      personId,
    ])
    const tomorrow = {
      orderNo: orderNo(),
      amountFen: 20_000,
      code: await campus.issueCode(personId),
    }
    expect(paymentOf(await campus.pay(tomorrow)).status).toBe('PAID')
  })

  test('a merchant that is closed and a terminal that is disabled take no money', async () => {
    const { personId } = await campus.addPerson()
    await campus.db.pool.query('update merchants set accepting = false')
    expect(
      await campus.pay({
        orderNo: orderNo(),
        amountFen: 1,
        code: await campus.issueCode(personId),
      }),
    ).toEqual({ refused: 'MERCHANT_NOT_ACCEPTING' })
    await campus.db.pool.query('update merchants set accepting = true')
    const other = await campus.addTerminal()
    await campus.db.pool.query('update terminals set enabled = false where terminal_id = $1', [
      other.terminalId,
    ])
    const code = await campus.issueCode(personId)
    expect(await campus.pay({ orderNo: orderNo(), amountFen: 1, code }, other)).toEqual({
      refused: 'TERMINAL_DISABLED',
    })
  })

  test('a signature nonce serves one order only', async () => {
    const { personId } = await campus.addPerson()
    const first = { orderNo: orderNo(), amountFen: 1, code: await campus.issueCode(personId) }
    const answer = await campus.pay(first, undefined, 'nonce-1')
    const second = { orderNo: orderNo(), amountFen: 1, code: await campus.issueCode(personId) }
    expect(await campus.pay(second, undefined, 'nonce-1')).toEqual({
      refused: 'SIGNATURE_REPLAYED',
    })
    // A byte-identical replay of a known order gets its stored answer.
    expect(await campus.pay(first, undefined, 'nonce-1')).toEqual(answer)
  })
})

describe('races', () => {
  test('R18: one code at 64 terminals pays once', async () => {
    const { personId } = await campus.addPerson()
    const phone = await campus.enrolPhone(personId)
    const code = await campus.drawCode(phone)
    const tills = await Promise.all(Array.from({ length: 64 }, () => campus.addTerminal()))
    const answers = await Promise.all(
      tills.map((till) => campus.pay({ orderNo: 'same', amountFen: 100, code }, till)),
    )
    expect(answers.filter((answer) => !('refused' in answer))).toHaveLength(1)
    const refused = answers.flatMap((answer) => ('refused' in answer ? answer.refused : []))
    expect(new Set(refused)).toEqual(new Set(['CODE_USED']))
    expect((await campus.payer(personId)).wallet_fen).toBe(9900)
  })

  test('R33: one order sent 32 times at once is one payment with one answer', async () => {
    const { personId } = await campus.addPerson()
    const phone = await campus.enrolPhone(personId)
    const request = { orderNo: orderNo(), amountFen: 100, code: await campus.drawCode(phone) }
    const answers = await Promise.all(Array.from({ length: 32 }, () => campus.pay(request)))
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect((await campus.payer(personId)).wallet_fen).toBe(9900)
  })

  test('R33: one order number with two people’s codes pays one of them', async () => {
    const people = await Promise.all([campus.addPerson(), campus.addPerson()])
    const no = orderNo()
    const answers = await Promise.all(
      people.map(async ({ personId }) =>
        campus.pay({ orderNo: no, amountFen: 100, code: await campus.issueCode(personId) }),
      ),
    )
    expect(answers.filter((answer) => !('refused' in answer))).toHaveLength(1)
    expect(answers.filter((answer) => 'refused' in answer)).toEqual([
      { refused: 'ORDER_NO_REUSED' },
    ])
    const payers = await Promise.all(people.map(({ personId }) => campus.payer(personId)))
    expect(payers.map((payer) => payer.wallet_fen).sort()).toEqual([10_000, 9900].sort())
  })

  test('R13: fifty payments at the edge of a balance never overdraw it', async () => {
    const { personId } = await campus.addPerson({ walletFen: 1000 })
    // Below the codes, of which one person has only one at a time: straight into two batchers, as
    // two core processes would.
    const batchers = [createPayBatcher(campus.db), createPayBatcher(campus.db)]
    const { terminal, merchantId, services } = campus
    const verdicts = await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        batchers[at % 2]?.submit({
          ...toItem(terminal, merchantId),
          order_no: orderNo(),
          payment_id: services.newId(),
          content_hash: '00',
          nonce: services.newId(),
          person_id: personId,
        }),
      ),
    )
    expect(verdicts.filter((verdict) => verdict?.status === 'PAID')).toHaveLength(10)
    expect(verdicts.filter((verdict) => verdict?.refusal === 'INSUFFICIENT_FUNDS')).toHaveLength(40)
    expect((await campus.payer(personId)).wallet_fen).toBe(0)
  })

  test('one order number at two processes at once is paid by one payer, and refused to the other', async () => {
    const { services, terminal, merchantId } = campus
    const batchers = [createPayBatcher(services.db), createPayBatcher(services.db)]
    const people = await Promise.all(Array.from({ length: 2 }, () => campus.addPerson()))
    for (let round = 0; round < 10; round++) {
      const shared = {
        ...toItem(terminal, merchantId),
        order_no: orderNo(),
        nonce: services.newId(),
      }
      const verdicts = await Promise.all(
        people.map(({ personId }, at) =>
          batchers[at]?.submit({
            ...shared,
            payment_id: services.newId(),
            content_hash: `0${at}`,
            person_id: personId,
          }),
        ),
      )
      expect(verdicts.map((verdict) => verdict?.verdict).sort()).toEqual(['NEW', 'ORDER_NO_REUSED'])
    }
    const balances = await Promise.all(people.map(({ personId }) => campus.payer(personId)))
    expect(balances.reduce((sum, payer) => sum + payer.wallet_fen, 0)).toBe(20_000 - 10 * 100)
  })

  test('one nonce at two processes at once is taken once', async () => {
    const { services, terminal, merchantId } = campus
    const batchers = [createPayBatcher(services.db), createPayBatcher(services.db)]
    const people = await Promise.all(Array.from({ length: 2 }, () => campus.addPerson()))
    for (let round = 0; round < 10; round++) {
      const nonce = services.newId()
      const verdicts = await Promise.all(
        people.map(({ personId }, at) =>
          batchers[at]?.submit({
            ...toItem(terminal, merchantId),
            order_no: orderNo(),
            nonce,
            payment_id: services.newId(),
            content_hash: '00',
            person_id: personId,
          }),
        ),
      )
      expect(verdicts.map((verdict) => verdict?.verdict).sort()).toEqual([
        'NEW',
        'SIGNATURE_REPLAYED',
      ])
    }
  })

  test('many people in one queue each pay their own', async () => {
    const people = await Promise.all(Array.from({ length: 200 }, () => campus.addPerson()))
    const answers = await Promise.all(
      people.map(async ({ personId }) =>
        campus.pay({ orderNo: orderNo(), amountFen: 100, code: await campus.issueCode(personId) }),
      ),
    )
    expect(answers.every((answer) => paymentOf(answer).status === 'PAID')).toBe(true)
    for (const { personId } of people) expect((await campus.payer(personId)).wallet_fen).toBe(9900)
  })
})

/** What is the same in every item of these tests. */
function toItem(terminal: TerminalCaller, merchantId: string) {
  return {
    school_id: terminal.schoolId,
    terminal_id: terminal.terminalId,
    merchant_id: merchantId,
    key_id: terminal.keyId,
    class: 'teacher',
    masked_name: '林*夏',
    list_fen: 100,
    amount_fen: 100,
    rule: null,
    account: 'wallet',
    needs_password: false,
    means: 'code' as const,
  }
}
