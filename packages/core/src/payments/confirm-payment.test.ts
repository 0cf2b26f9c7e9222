import { v7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { approve, setPassword } from '../testing/approvals.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'
import { expirePayments } from './expire-payments.ts'

let core: HttpCore
let personId: string
beforeAll(async () => {
  core = await createHttpCore()
})
afterAll(() => core.close())
beforeEach(async () => {
  core.bank.setFault('none')
  personId = await addRichPerson()
})

/** Whose own limits allow more than goes without a password. */
async function addRichPerson({ walletFen = 60_000, bankCard = false, password = true } = {}) {
  const person = await core.addPerson({ walletFen, bankCard })
  await core.db.pool.query(
    'update payers set single_limit_fen = 50000, daily_limit_fen = 300000 where person_id = $1',
    [person.personId],
  )
  if (password) await setPassword(core, person.personId)
  return person.personId
}

async function payFrom(who: string, amountFen: number, options = {}) {
  const orderNo = v7()
  const code = await core.issueCode(who, options)
  const { status, body } = await core.call('pay', { body: { orderNo, amountFen, code } })
  return { orderNo, code, status, body, paymentId: body.paymentId as string }
}

async function confirm(who: string, paymentId: string, approvalId?: string) {
  return core.call('confirmPayment', {
    params: { personId: who, paymentId },
    body: { approvalId: approvalId ?? (await approve(core, who, { kind: 'pay', paymentId })) },
  })
}

const query = async (orderNo: string) =>
  (await core.call('getPayment', { params: { orderNo } })).body

async function letTimePass(paymentId: string) {
  await core.db.pool.query(
    "update payments set confirm_by = now() - interval '1 second' where payment_id = $1",
    [paymentId],
  )
}

describe('a payment above what goes without a password (R23)', () => {
  it('waits, moves nothing, and counts against the day meanwhile', async () => {
    const { orderNo, status, body } = await payFrom(personId, 20_001)
    expect(status).toBe(202)
    expect(body).toMatchObject({ status: 'AWAITING_PASSWORD', amountFen: 20_001, channel: null })
    expect(await query(orderNo)).toMatchObject({ status: 'AWAITING_PASSWORD', settledAt: null })
    expect(await core.payer(personId)).toMatchObject({ wallet_fen: 60_000, spent_fen: 20_001 })
  })

  it('goes through at the threshold itself', async () => {
    expect((await payFrom(personId, 20_000)).body.status).toBe('PAID')
  })

  it('is paid once the password was right', async () => {
    const { orderNo, paymentId } = await payFrom(personId, 20_001)
    const { status, body } = await confirm(personId, paymentId)
    expect(status).toBe(200)
    expect(body).toMatchObject({ status: 'PAID', amountFen: 20_001, channel: 'wallet' })
    expect(await query(orderNo)).toMatchObject({ status: 'PAID', channel: 'wallet' })
    expect(await core.payer(personId)).toMatchObject({ wallet_fen: 39_999, spent_fen: 20_001 })
  })

  it('is what the day’s sum asks for too', async () => {
    const who = await addRichPerson({ walletFen: 120_000 })
    await core.db.pool.query(
      `update payers set spent_on = (now() at time zone 'Asia/Shanghai')::date, spent_fen = 99000
        where person_id = $1`,
      [who],
    )
    expect((await payFrom(who, 1_000)).body.status).toBe('PAID')
    expect((await payFrom(who, 1)).body.status).toBe('AWAITING_PASSWORD')
  })

  it('is what a code whose digits were shown asks for, whatever the amount', async () => {
    expect((await payFrom(personId, 1, { revealed: true })).body.status).toBe('AWAITING_PASSWORD')
  })

  it('PASSWORD_REQUIRED without a password, PASSWORD_LOCKED with a locked one', async () => {
    const without = await addRichPerson({ password: false })
    expect((await payFrom(without, 20_001)).body.code).toBe('PASSWORD_REQUIRED')
    await setPassword(core, without, { locked: true })
    expect((await payFrom(without, 20_001)).body.code).toBe('PASSWORD_LOCKED')
    expect(await core.payer(without)).toMatchObject({ wallet_fen: 60_000, spent_fen: 0 })
  })

  it('tells the phone at once, and again when it is decided', async () => {
    const params = { personId }
    await core.settleEvents()
    const { body: before } = await core.call('getEvents', { params })
    const { paymentId } = await payFrom(personId, 20_001)
    await confirm(personId, paymentId)
    await core.settleEvents()
    const { body } = await core.call('getEvents', { params, query: { after: before.cursor } })
    const told = body.events.map(
      ({ data }: { data: { entry?: { status: string } } }) => data.entry?.status,
    )
    // Events tell of now, not of then.
    expect(told).toEqual(['PAID', 'PAID'])
  })

  it('is answered the same when the till repeats it', async () => {
    const { orderNo, code, paymentId } = await payFrom(personId, 20_001)
    const body = { orderNo, amountFen: 20_001, code }
    expect((await core.call('pay', { body })).body.status).toBe('AWAITING_PASSWORD')
    await confirm(personId, paymentId)
    expect((await core.call('pay', { body })).body.status).toBe('PAID')
  })
})

describe('confirmPayment', () => {
  it('takes all of it from the bound card when the wallet has become short (R13)', async () => {
    const who = await addRichPerson({ bankCard: true })
    const { orderNo, paymentId } = await payFrom(who, 40_000)
    expect((await payFrom(who, 20_000)).body.status).toBe('PAID')
    await core.db.pool.query(
      'update payers set wallet_fen = wallet_fen - 5000 where person_id = $1',
      [who],
    )
    expect((await confirm(who, paymentId)).body).toMatchObject({
      status: 'PAID',
      channel: 'bank_card',
    })
    expect(await query(orderNo)).toMatchObject({ status: 'PAID', channel: 'bank_card' })
  })

  it('is refused with what happened since the scan, and gives the day’s allowance back', async () => {
    const causes = {
      CARD_LOCKED: "update payers set card_status = 'locked' where person_id = $1",
      CARD_CLOSED: "update payers set card_status = 'closed' where person_id = $1",
      ACCOUNT_NOT_OPEN: "update payers set wallet_status = 'closed' where person_id = $1",
      INSUFFICIENT_FUNDS: 'update payers set wallet_fen = 1 where person_id = $1',
    }
    for (const [refusal, cause] of Object.entries(causes)) {
      const who = await addRichPerson()
      const { paymentId } = await payFrom(who, 20_001)
      await core.db.pool.query(cause, [who])
      const { status, body } = await confirm(who, paymentId)
      expect(status).toBe(200)
      expect(body).toMatchObject({ status: 'REFUSED', refusal: { code: refusal } })
      expect((await core.payer(who)).spent_fen).toBe(0)
    }
  })

  it('stays PROCESSING while the bank is slow, and UNKNOWN while it is silent (R33)', async () => {
    const who = await addRichPerson({ walletFen: 0, bankCard: true })
    core.bank.setFault('processing')
    const slow = await payFrom(who, 20_001)
    expect((await confirm(who, slow.paymentId)).status).toBe(202)
    core.bank.setFault('silent')
    const silent = await payFrom(who, 20_002)
    expect((await confirm(who, silent.paymentId)).body.status).toBe('UNKNOWN')
  })

  it('may be repeated, also at once, and pays once', async () => {
    const { paymentId } = await payFrom(personId, 20_001)
    const approvalId = await approve(core, personId, { kind: 'pay', paymentId })
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => confirm(personId, paymentId, approvalId)),
    )
    expect(answers.map(({ body }) => body.status)).toEqual(Array(8).fill('PAID'))
    expect((await core.payer(personId)).wallet_fen).toBe(39_999)
  })

  it('APPROVAL_INVALID for another payment’s approval, and nothing moves', async () => {
    const one = await payFrom(personId, 20_001)
    const other = await payFrom(personId, 20_002)
    const approvalId = await approve(core, personId, { kind: 'pay', paymentId: one.paymentId })
    expect((await confirm(personId, other.paymentId, approvalId)).body.code).toBe(
      'APPROVAL_INVALID',
    )
    expect((await core.payer(personId)).wallet_fen).toBe(60_000)
  })

  it('ORDER_NOT_FOUND for somebody else’s payment', async () => {
    const { paymentId } = await payFrom(personId, 20_001)
    const other = await addRichPerson()
    expect((await confirm(other, paymentId)).body.code).toBe('ORDER_NOT_FOUND')
  })

  it('PAYMENT_NOT_WAITING after the time, and after it was refused or reversed', async () => {
    const late = await payFrom(personId, 20_001)
    await letTimePass(late.paymentId)
    expect((await confirm(personId, late.paymentId)).body.code).toBe('PAYMENT_NOT_WAITING')
    const reversed = await payFrom(personId, 20_001)
    await core.call('reverse', { params: { orderNo: reversed.orderNo }, body: {} })
    expect((await confirm(personId, reversed.paymentId)).body.code).toBe('PAYMENT_NOT_WAITING')
    expect((await core.payer(personId)).wallet_fen).toBe(60_000)
  })

  it('PAYMENT_NOT_WAITING for a payment that never waited', async () => {
    const paid = await payFrom(personId, 100)
    expect((await confirm(personId, paid.paymentId)).body.code).toBe('PAYMENT_NOT_WAITING')
  })

  it('and its reversal are about its own money, whatever id a page gives a transfer', async () => {
    const who = await addRichPerson({ walletFen: 0, bankCard: true })
    const before = core.bank.netFen()
    const { orderNo, paymentId } = await payFrom(who, 45_000)
    const { rows } = await core.db.pool.query(
      'select card_id from bank_cards where person_id = $1',
      [who],
    )
    for (const [kind, route] of [
      ['top_up', 'topUp'],
      ['withdrawal', 'withdraw'],
    ] as const) {
      const content = { transferId: paymentId, cardId: rows[0].card_id, amountFen: 40_000 }
      if (kind === 'withdrawal') {
        await core.db.pool.query(
          'update payers set wallet_fen = wallet_fen + 40000 where person_id = $1',
          [who],
        )
      }
      const approvalId = await approve(core, who, { kind, ...content })
      expect(
        await core.refused(route, { params: { personId: who }, body: { ...content, approvalId } }),
      ).toBe('TRANSFER_ID_REUSED')
    }
    await core.db.pool.query('update payers set wallet_fen = 0 where person_id = $1', [who])
    expect((await confirm(who, paymentId)).body).toMatchObject({
      status: 'PAID',
      channel: 'bank_card',
    })
    const { body } = await core.call('reverse', { params: { orderNo }, body: {} })
    expect(body.status).toBe('REVERSED')
    expect((await core.payer(who)).wallet_fen).toBe(0)
    expect(core.bank.netFen()).toBe(before)
  })

  it('and a reversal at the same moment end in one of both, in the books too', async () => {
    for (let round = 0; round < 6; round++) {
      const who = await addRichPerson()
      const { orderNo, paymentId } = await payFrom(who, 20_001)
      const approvalId = await approve(core, who, { kind: 'pay', paymentId })
      await Promise.all([
        confirm(who, paymentId, approvalId),
        core.call('reverse', { params: { orderNo }, body: {} }),
      ])
      // Whoever came first, a reversal is the end of it.
      expect(await query(orderNo)).toMatchObject({ status: 'REVERSED' })
      expect(await core.payer(who)).toMatchObject({ wallet_fen: 60_000, spent_fen: 0 })
    }
  })
})

describe('declinePayment', () => {
  it('refuses the order at once and gives the allowance back; repeating is harmless', async () => {
    const { orderNo, paymentId } = await payFrom(personId, 20_001)
    const params = { personId, paymentId }
    for (let time = 0; time < 2; time++) {
      const { body } = await core.call('declinePayment', { params })
      expect(body).toMatchObject({ status: 'REFUSED', refusal: { code: 'PASSWORD_DECLINED' } })
    }
    expect(await query(orderNo)).toMatchObject({ refusal: { code: 'PASSWORD_DECLINED' } })
    expect((await core.payer(personId)).spent_fen).toBe(0)
  })

  it('ORDER_NOT_FOUND for nobody’s, PAYMENT_NOT_WAITING for a paid one', async () => {
    expect(await core.refused('declinePayment', { params: { personId, paymentId: v7() } })).toBe(
      'ORDER_NOT_FOUND',
    )
    const { paymentId } = await payFrom(personId, 100)
    expect(await core.refused('declinePayment', { params: { personId, paymentId } })).toBe(
      'PAYMENT_NOT_WAITING',
    )
  })
})

describe('expirePayments', () => {
  it('refuses what nobody confirmed in time, and nothing else', async () => {
    const late = await payFrom(personId, 20_001)
    const early = await payFrom(personId, 20_002)
    const paid = await payFrom(personId, 100)
    await letTimePass(late.paymentId)
    await Promise.all([expirePayments(core.services), expirePayments(core.services)])
    expect(await query(late.orderNo)).toMatchObject({
      status: 'REFUSED',
      refusal: { code: 'PASSWORD_TIMED_OUT' },
    })
    expect((await query(early.orderNo)).status).toBe('AWAITING_PASSWORD')
    expect((await query(paid.orderNo)).status).toBe('PAID')
    expect((await core.payer(personId)).spent_fen).toBe(20_002 + 100)
  })

  it('ends the others when it fails for one, and that one the next time', async () => {
    const payments = [await payFrom(personId, 20_001), await payFrom(personId, 20_002)]
    for (const { paymentId } of payments) await letTimePass(paymentId)
    let failures = 0
    const newId = () => {
      if (failures++ === 0) throw new Error('out of order')
      return core.services.newId()
    }
    await expirePayments({ ...core.services, newId })
    const statuses = async () =>
      (await Promise.all(payments.map(({ orderNo }) => query(orderNo)))).map((it) => it.status)
    expect(await statuses()).toEqual(['AWAITING_PASSWORD', 'REFUSED'])
    await expirePayments(core.services)
    expect(await statuses()).toEqual(['REFUSED', 'REFUSED'])
  })
})
