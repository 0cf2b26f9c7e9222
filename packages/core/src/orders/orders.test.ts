import { createHash } from 'node:crypto'
import type { MerchantOrder } from '@campus-ecode/protocol/orders'
import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import { v7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { checkBooks } from '../ledger/check-books.ts'
import { expirePayments } from '../payments/expire-payments.ts'
import { approve, setPassword } from '../testing/approvals.ts'
import { createHttpCore, type HttpCore, type Reply } from '../testing/http-core.ts'
import { expireOrders } from './expire-orders.ts'
import { createOnlineTerminal } from './testing/online-terminal.ts'

let core: HttpCore
let key: SigningKey
let endpointId: string
let personId: string
beforeAll(async () => {
  core = await createHttpCore()
  ;({ key, endpointId } = await createOnlineTerminal(core))
})
afterAll(async () => {
  expect(await checkBooks(core.db.pool)).toEqual([])
  await core.close()
})
beforeEach(async () => {
  core.bank.setFault('none')
  core.oneCard.setFault('none')
  personId = await addPayer()
})

async function addPayer(options: Parameters<HttpCore['addPerson']>[0] = {}): Promise<string> {
  const person = await core.addPerson({ personClass: 'student', walletFen: 50_000, ...options })
  await core.db.pool.query(
    'update payers set single_limit_fen = 60000, daily_limit_fen = 300000 where person_id = $1',
    [person.personId],
  )
  await setPassword(core, person.personId)
  return person.personId
}

const content = { amountFen: 1_000, description: '午餐预订 2 份', expiresInSeconds: 900 }
const create = (orderNo: string, more: object = {}) =>
  core.call('createOrder', { key, body: { orderNo, ...content, ...more } })
const look = async (orderNo: string): Promise<MerchantOrder> =>
  (await core.call('getMerchantOrder', { key, params: { orderNo } })).body
const closeOrder = (orderNo: string) =>
  core.call('closeOrder', { key, params: { orderNo }, body: {} })
const refundOrder = (orderNo: string, refundNo: string, amountFen: number) =>
  core.call('refundOrder', { key, params: { orderNo }, body: { refundNo, amountFen } })

async function open(more: object = {}): Promise<MerchantOrder> {
  const { status, body } = await create(v7(), more)
  expect(status).toBe(201)
  return body
}

function payOrder(
  orderId: string,
  { who = personId, paymentNo = v7(), account = 'wallet' } = {},
): Promise<Reply> {
  const params = { personId: who, orderId }
  return core.call('payOrder', { params, body: { paymentNo, account } })
}

const seen = async (orderId: string, who = personId) =>
  (await core.call('getOrder', { params: { personId: who, orderId } })).body

async function confirm(who: string, paymentId: string): Promise<Reply> {
  const approvalId = await approve(core, who, { kind: 'pay', paymentId })
  return core.call('confirmPayment', { params: { personId: who, paymentId }, body: { approvalId } })
}

async function told(orderNo: string) {
  const { rows } = await core.db.pool.query(
    `select type, endpoint_id, data from webhooks where data->>'orderNo' = $1 order by created_at`,
    [orderNo],
  )
  return rows as { type: string; endpoint_id: string; data: Record<string, unknown> }[]
}

const later = (ms: number) => new Promise((done) => setTimeout(done, ms))

async function letOrderEnd(orderNo: string) {
  await core.db.pool.query(
    "update online_orders set expires_at = now() - interval '1 second' where order_no = $1",
    [orderNo],
  )
}

describe('an order of a merchant’s server (R38)', () => {
  it('is there once, however often it is sent', async () => {
    const orderNo = v7()
    const replies = await Promise.all(Array.from({ length: 6 }, () => create(orderNo)))
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201])
    expect(new Set(replies.map(({ body }) => body.orderId)).size).toBe(1)
    expect(await look(orderNo)).toMatchObject({ status: 'OPEN', listFen: 1_000, payment: null })
  })

  it('ORDER_NO_REUSED with other content, also when both come at once', async () => {
    const orderNo = v7()
    const [one, other] = await Promise.all([create(orderNo), create(orderNo, { amountFen: 999 })])
    const codes = [one, other].map(({ status, body }) => (status < 400 ? status : body.code))
    expect(codes.map(String).sort()).toEqual(['201', 'ORDER_NO_REUSED'])
    for (const more of [{ description: '晚餐' }, { expiresInSeconds: 60 }]) {
      expect((await create(orderNo, more)).body.code).toBe('ORDER_NO_REUSED')
    }
  })

  it('MERCHANT_NOT_ACCEPTING while the merchant is stopped', async () => {
    const stop = 'update merchants set accepting = $2 where merchant_id = $1'
    await core.db.pool.query(stop, [core.merchantId, false])
    try {
      expect((await create(v7())).body.code).toBe('MERCHANT_NOT_ACCEPTING')
    } finally {
      await core.db.pool.query(stop, [core.merchantId, true])
    }
  })

  it('KEY_NOT_ALLOWED for a till; and an online key does nothing that a till does', async () => {
    const { orderNo } = await open()
    const body = { orderNo: v7(), ...content }
    expect(await core.refused('createOrder', { body, key: core.terminalKey })).toBe(
      'KEY_NOT_ALLOWED',
    )
    const params = { orderNo, refundNo: 'r' }
    for (const name of ['getMerchantOrder', 'getOrderRefund'] as const) {
      expect(await core.refused(name, { params, key: core.terminalKey })).toBe('KEY_NOT_ALLOWED')
    }
    for (const name of ['getPayment', 'getRefund'] as const) {
      expect(await core.refused(name, { params, key })).toBe('KEY_NOT_ALLOWED')
    }
    expect(await core.refused('reverse', { params, key, body: {} })).toBe('KEY_NOT_ALLOWED')
    const refund = { refundNo: 'r', amountFen: 1 }
    expect(await core.refused('refund', { params, key, body: refund })).toBe('KEY_NOT_ALLOWED')
    const code = await core.issueCode(personId)
    expect(await core.refused('pay', { key, body: { orderNo: v7(), amountFen: 1, code } })).toBe(
      'KEY_NOT_ALLOWED',
    )
  })

  it('ORDER_NOT_FOUND for what is not there, or another merchant’s', async () => {
    const { orderNo } = await open()
    const other = await createOnlineTerminal(core)
    for (const [who, params] of [
      [key, { orderNo: v7() }],
      [other.key, { orderNo }],
    ] as const) {
      expect(await core.refused('getMerchantOrder', { key: who, params })).toBe('ORDER_NOT_FOUND')
    }
    expect(await core.refused('getOrder', { params: { personId, orderId: v7() } })).toBe(
      'ORDER_NOT_FOUND',
    )
    expect((await payOrder(v7())).body.code).toBe('ORDER_NOT_FOUND')
  })
})

describe('the cashier', () => {
  it('shows the order priced for the person’s class, and pays it (R4)', async () => {
    const { orderId, orderNo } = await open()
    expect(await seen(orderId)).toMatchObject({
      ...{ status: 'OPEN', description: '午餐预订 2 份', listFen: 1_000, amountFen: 900 },
      ...{ rule: { changeFen: -100 }, entry: null, merchantName: '第一食堂' },
    })
    const { status, body } = await payOrder(orderId)
    expect(status).toBe(200)
    expect(body).toMatchObject({ status: 'PAID', amountFen: 900, means: 'order', orderNo })
    expect(await seen(orderId)).toMatchObject({ status: 'PAID', entry: { status: 'PAID' } })
    expect(await look(orderNo)).toMatchObject({
      status: 'PAID',
      payment: { orderNo, status: 'PAID', amountFen: 900, payer: { class: 'student' } },
    })
    expect((await seen(orderId, await addPayer())).entry).toBeNull()
  })

  it('PRICE_CHANGED: nobody pays another price than they were shown (R4)', async () => {
    const { orderId } = await open()
    const { amountFen } = await seen(orderId)
    const setRules = (rules: unknown) =>
      core.db.pool.query(
        'update merchants set price_rules = $2 where merchant_id = $1 returning merchant_id',
        [core.merchantId, JSON.stringify(rules)],
      )
    const { rows } = await core.db.pool.query(
      'select price_rules from merchants where merchant_id = $1',
      [core.merchantId],
    )
    const paymentNo = v7()
    const params = { personId, orderId }
    const pay = (agreedFen: number, no = paymentNo) =>
      core.call('payOrder', {
        params,
        body: { paymentNo: no, account: 'wallet', amountFen: agreedFen },
      })
    await setRules([{ class: 'student', name: { 'zh-CN': '加价', en: 'More' }, permille: 1500 }])
    expect((await pay(amountFen)).body.code).toBe('PRICE_CHANGED')
    // No try of the order's is used up, and the number not either.
    expect(await seen(orderId)).toMatchObject({ status: 'OPEN', amountFen: 1_500 })
    expect((await pay(1_500)).body).toMatchObject({ status: 'PAID', amountFen: 1_500 })
    await setRules(rows[0].price_rules)
    // What was paid stays what it was, and a repeat is answered by it.
    expect(await seen(orderId)).toMatchObject({ amountFen: 1_500, rule: { changeFen: 500 } })
    expect((await pay(1_500)).body).toMatchObject({ status: 'PAID', amountFen: 1_500 })
  })

  it('tells the merchant once, in the transaction of the payment', async () => {
    const { orderId, orderNo } = await open()
    const paymentNo = v7()
    for (let time = 0; time < 3; time++) await payOrder(orderId, { paymentNo })
    expect(await told(orderNo)).toEqual([
      {
        type: 'order.paid',
        endpoint_id: endpointId,
        data: { schoolId: '1001', orderId, orderNo, amountFen: 900, refundNo: null },
      },
    ])
  })

  it('asks for the password above the school’s threshold, and shows the payment that waits (R23)', async () => {
    const { orderId, orderNo } = await open({ amountFen: 30_000 })
    const { status, body } = await payOrder(orderId)
    expect(status).toBe(202)
    expect(await seen(orderId)).toMatchObject({
      status: 'PAYING',
      entry: { paymentId: body.paymentId, status: 'AWAITING_PASSWORD' },
    })
    expect(await told(orderNo)).toEqual([])
    expect((await confirm(personId, body.paymentId)).body.status).toBe('PAID')
    expect((await told(orderNo)).map(({ type }) => type)).toEqual(['order.paid'])
    expect((await look(orderNo)).status).toBe('PAID')
  })

  it('pays from the one-card account; an answer that comes late is told when it comes', async () => {
    const { orderId, orderNo } = await open()
    core.oneCard.setFault('silent')
    const { status, body } = await payOrder(orderId, { account: 'one_card' })
    expect(status).toBe(202)
    expect((await look(orderNo)).status).toBe('PAYING')
    expect((await payOrder(orderId)).body.code).toBe('ORDER_BEING_PAID')
    expect(await core.refused('closeOrder', { key, params: { orderNo }, body: {} })).toBe(
      'ORDER_BEING_PAID',
    )
    core.oneCard.setFault('none')
    const { driveMovement } = await import('../movements/drive-movement.ts')
    await driveMovement(core.services, '1001', body.paymentId)
    expect((await look(orderNo)).status).toBe('PAID')
    expect((await told(orderNo)).map(({ type }) => type)).toEqual(['order.paid'])
  })

  it('leaves the order open after a payment that came to nothing, for the same person or another', async () => {
    const { orderId, orderNo } = await open({ amountFen: 30_000 })
    const poor = await addPayer({ walletFen: 1 })
    expect((await payOrder(orderId, { who: poor })).body.code).toBe('INSUFFICIENT_FUNDS')
    expect((await look(orderNo)).status).toBe('OPEN')

    const { body: waiting } = await payOrder(orderId)
    const params = { personId, paymentId: waiting.paymentId }
    expect((await core.call('declinePayment', { params })).body.status).toBe('REFUSED')
    expect((await look(orderNo)).status).toBe('OPEN')

    const { body: again } = await payOrder(orderId)
    expect(again.orderNo).toBe(orderNo)
    await confirm(personId, again.paymentId)
    expect(await look(orderNo)).toMatchObject({
      status: 'PAID',
      payment: { orderNo, paymentId: again.paymentId },
    })
  })

  it('answers a late repeat of a try by what came of it, and begins nothing', async () => {
    const { orderId, orderNo } = await open()
    const poor = await addPayer({ walletFen: 1 })
    const first = { who: poor, paymentNo: v7() }
    await payOrder(orderId, first)
    await payOrder(orderId)
    expect((await payOrder(orderId, first)).body.code).toBe('INSUFFICIENT_FUNDS')
    expect((await payOrder(orderId, { ...first, account: 'one_card' })).body.code).toBe(
      'ORDER_NO_REUSED',
    )
    expect((await look(orderNo)).status).toBe('PAID')
  })

  it('ends an order after twenty tries that came to nothing', async () => {
    const { orderId, orderNo } = await open()
    const poor = await addPayer({ walletFen: 1 })
    for (let time = 0; time < 20; time++) {
      expect((await payOrder(orderId, { who: poor })).body.code).toBe('INSUFFICIENT_FUNDS')
    }
    expect((await payOrder(orderId)).body.code).toBe('ORDER_CLOSED')
    expect((await look(orderNo)).status).toBe('CLOSED')
  })
})

describe('when several come at once', () => {
  it('ORDER_ALREADY_PAID or ORDER_BEING_PAID: one of many people pays, once', async () => {
    const { orderId, orderNo } = await open()
    const people = await Promise.all(Array.from({ length: 6 }, () => addPayer()))
    const replies = await Promise.all(people.map((who) => payOrder(orderId, { who })))
    const codes = replies.map(({ status, body }) => (status === 200 ? 'PAID' : body.code))
    expect(codes.filter((code) => code === 'PAID')).toHaveLength(1)
    for (const code of codes.filter((code) => code !== 'PAID')) {
      expect(['ORDER_ALREADY_PAID', 'ORDER_BEING_PAID']).toContain(code)
    }
    const late = await payOrder(orderId, { who: await addPayer() })
    expect(late.body.code).toBe('ORDER_ALREADY_PAID')
    expect((await told(orderNo)).map(({ type }) => type)).toEqual(['order.paid'])
    const wallets = await Promise.all(people.map(async (who) => (await core.payer(who)).wallet_fen))
    expect(wallets.filter((fen) => fen === 49_100)).toHaveLength(1)
  })

  it('a close and a payment come out as one or the other', async () => {
    const outcomes = new Set<string>()
    for (let time = 0; time < 12; time++) {
      const { orderId, orderNo } = await open()
      const [paid, closed] = await Promise.all([
        later(time % 3).then(() => payOrder(orderId)),
        later(time % 4).then(() => closeOrder(orderNo)),
      ])
      const { status } = await look(orderNo)
      outcomes.add(status)
      expect([paid.status, closed.status, status]).toEqual(
        status === 'PAID' ? [200, expect.any(Number), 'PAID'] : [410, 200, 'CLOSED'],
      )
      if (status === 'PAID') {
        expect(['ORDER_ALREADY_PAID', 'ORDER_BEING_PAID']).toContain(closed.body.code)
      }
      expect(await told(orderNo)).toHaveLength(1)
    }
    expect(outcomes.size).toBeGreaterThan(0)
  })
})

it('its end and a payment come out as one or the other', async () => {
  for (let time = 0; time < 8; time++) {
    const { orderId, orderNo } = await open()
    const end = async () => {
      await later(time % 4)
      await letOrderEnd(orderNo)
      await expireOrders(core.services)
    }
    const [paid] = await Promise.all([payOrder(orderId), end()])
    const { status } = await look(orderNo)
    expect([paid.body.code ?? 'PAID', status]).toEqual(
      status === 'PAID' ? ['PAID', 'PAID'] : ['ORDER_CLOSED', 'CLOSED'],
    )
    expect(await told(orderNo)).toHaveLength(1)
  }
})

describe('the end of an order', () => {
  it('is a close, which may be repeated and is told once', async () => {
    const { orderId, orderNo } = await open()
    for (let time = 0; time < 2; time++) {
      const { status, body } = await closeOrder(orderNo)
      expect([status, body.status]).toEqual([200, 'CLOSED'])
    }
    expect((await payOrder(orderId)).body.code).toBe('ORDER_CLOSED')
    expect(await seen(orderId)).toMatchObject({ status: 'CLOSED', entry: null })
    expect((await told(orderNo)).map(({ type }) => type)).toEqual(['order.closed'])
  })

  it('ORDER_ALREADY_PAID for a close that comes too late', async () => {
    const { orderId, orderNo } = await open()
    await payOrder(orderId)
    expect((await closeOrder(orderNo)).body.code).toBe('ORDER_ALREADY_PAID')
  })

  it('comes by itself with its time, and by looking', async () => {
    const [swept, looked, paid] = [await open(), await open(), await open()]
    await letOrderEnd(looked.orderNo)
    expect((await payOrder(looked.orderId)).body.code).toBe('ORDER_CLOSED')
    await letOrderEnd(swept.orderNo)
    await expireOrders(core.services)
    for (const { orderNo } of [swept, looked]) {
      expect((await look(orderNo)).status).toBe('CLOSED')
      expect((await told(orderNo)).map(({ type }) => type)).toEqual(['order.closed'])
    }
    await payOrder(paid.orderId)
    await letOrderEnd(paid.orderNo)
    await expireOrders(core.services)
    expect((await look(paid.orderNo)).status).toBe('PAID')
  })

  it('waits for whoever is paying, and follows if that comes to nothing', async () => {
    const order = await open({ amountFen: 30_000 })
    const { body } = await payOrder(order.orderId)
    await letOrderEnd(order.orderNo)
    await expireOrders(core.services)
    expect((await look(order.orderNo)).status).toBe('PAYING')
    await core.db.pool.query(
      "update payments set confirm_by = now() - interval '1 second' where payment_id = $1",
      [body.paymentId],
    )
    await expirePayments(core.services)
    await expireOrders(core.services)
    expect((await look(order.orderNo)).status).toBe('CLOSED')
  })
})

describe('returning an order’s money', () => {
  it('goes back to where it came from, once per number, and is told', async () => {
    const poor = await addPayer({ walletFen: 1 })
    const { orderId, orderNo } = await open()
    await payOrder(orderId, { who: poor })
    await payOrder(orderId)
    const refunds = await Promise.all([1, 2, 3].map(() => refundOrder(orderNo, 'r1', 400)))
    for (const { status, body } of refunds) {
      expect([status, body]).toEqual([
        200,
        expect.objectContaining({ orderNo, refundNo: 'r1', status: 'REFUNDED', amountFen: 400 }),
      ])
    }
    expect((await refundOrder(orderNo, 'r1', 401)).body.code).toBe('REFUND_NO_REUSED')
    expect((await refundOrder(orderNo, 'r2', 501)).body.code).toBe('REFUND_EXCEEDS_PAYMENT')
    const params = { orderNo, refundNo: 'r1' }
    expect((await core.call('getOrderRefund', { key, params })).body).toMatchObject({ orderNo })
    expect(await core.refused('getOrderRefund', { key, params: { orderNo, refundNo: 'r9' } })).toBe(
      'REFUND_NOT_FOUND',
    )
    expect((await core.payer(personId)).wallet_fen).toBe(49_500)
    expect((await told(orderNo)).at(-1)).toMatchObject({
      type: 'order.refunded',
      data: { amountFen: 400, refundNo: 'r1' },
    })
    expect(await look(orderNo)).toMatchObject({ status: 'PAID', payment: { refundedFen: 400 } })
  })

  it('is told when the one-card system has returned it, and not before', async () => {
    const { orderId, orderNo } = await open()
    await payOrder(orderId, { account: 'one_card' })
    core.oneCard.setFault('silent')
    expect((await refundOrder(orderNo, 'r1', 100)).status).toBe(202)
    expect((await told(orderNo)).map(({ type }) => type)).toEqual(['order.paid'])
    core.oneCard.setFault('none')
    const { rows } = await core.db.pool.query(
      "select refund_id from refunds where order_no = $1 and refund_no = 'r1'",
      [orderNo],
    )
    const { driveMovement } = await import('../movements/drive-movement.ts')
    await driveMovement(core.services, '1001', rows[0].refund_id)
    expect((await told(orderNo)).map(({ type }) => type)).toEqual(['order.paid', 'order.refunded'])
  })

  it('ORDER_NOT_PAID before anybody paid', async () => {
    const { orderNo } = await open()
    expect((await refundOrder(orderNo, 'r1', 100)).body.code).toBe('ORDER_NOT_PAID')
    expect((await refundOrder(v7(), 'r1', 100)).body.code).toBe('ORDER_NOT_FOUND')
  })
})

describe('what the database itself holds', () => {
  it('takes no second payment of an order while one is paid or under way', async () => {
    const { orderId, orderNo } = await open()
    await payOrder(orderId)
    const second = core.db.pool.query(
      `insert into payments (school_id, terminal_id, order_no, payment_id, content_hash, status, merchant_id,
                             person_id, means, amount_fen, list_fen)
       select school_id, terminal_id, order_no || '~2', gen_random_uuid(), $2, 'AWAITING_PASSWORD', merchant_id,
              person_id, means, amount_fen, list_fen from payments where order_no = $1`,
      [orderNo, createHash('sha256').update('x').digest()],
    )
    await expect(second).rejects.toThrow('payments_of_orders')
  })

  it('takes no payment of a closed order', async () => {
    const { orderNo } = await open()
    await closeOrder(orderNo)
    const marked = core.db.pool.query(
      'update online_orders set payment_id = gen_random_uuid() where order_no = $1',
      [orderNo],
    )
    await expect(marked).rejects.toThrow('online_orders_check')
  })
})
