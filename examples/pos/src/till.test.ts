import type { PaymentStatus } from '@campus-ecode/protocol/payments'
import type { PayOutcome } from '@campus-ecode/terminal'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Order, OrderJournal } from './order-journal.ts'
import {
  createScriptedTerminal,
  paid,
  refusal,
  refusedAnswer,
} from './testing/scripted-terminal.ts'
import { createTill, type Till } from './till.ts'

const CODE = '711001120143221573602495'
let kit: ReturnType<typeof createScriptedTerminal>
let orders: Order[]
let nowMs: number
let faults: unknown[]
let till: Till

beforeEach(() => {
  kit = createScriptedTerminal()
  orders = []
  faults = []
  nowMs = Date.parse('2026-09-01T04:03:42.000Z')
  till = openTill()
})

function openTill(waitMs = 20) {
  const journal: OrderJournal = {
    add: async (order) => void orders.push(order),
    list: (_, count) => orders.slice(-count).reverse(),
    find: (_, orderNo) => orders.find((order) => order.orderNo === orderNo),
  }
  return createTill({
    terminalId: 'till-1',
    terminal: kit.terminal,
    journal,
    waitMs,
    now: () => nowMs,
    onFault: (error) => faults.push(error),
  })
}

/** A payment that stays under way until the test says how it ends. */
function payLater() {
  let end = (_: PayOutcome) => {}
  kit.script.payAndSettle = () => new Promise((done) => (end = done))
  return (outcome: PayOutcome) => end(outcome)
}

/** A payment whose phone asks for the password; `tell` is what the kit hears next. */
function awaitPassword() {
  let end = (_: PayOutcome) => {}
  let tell = (_: PaymentStatus) => {}
  kit.script.payAndSettle = ({ orderNo, onOpen }) => {
    const confirmBy = new Date(nowMs + 45_000).toISOString()
    tell = (status) =>
      onOpen?.(paid(orderNo, { status, channel: null, settledAt: null, confirmBy }))
    tell('AWAITING_PASSWORD')
    return new Promise((done) => (end = done))
  }
  return {
    end: (outcome: PayOutcome) => end(outcome),
    tell: (status: PaymentStatus) => tell(status),
  }
}

describe('paying', () => {
  it('writes the order number down before it is sent, and never the code', async () => {
    let written = 0
    kit.script.payAndSettle = async ({ orderNo }) => {
      written = orders.length
      return { outcome: 'paid', orderNo, payment: paid(orderNo) }
    }
    const view = await till.pay(1500, { code: CODE })
    expect(view.state).toBe('paid')
    expect(written).toBe(1)
    expect(view.orderNo).toMatch(/^20260901-120342-[0-9a-f]{6}$/)
    expect(kit.calls).toEqual([
      [
        'payAndSettle',
        { orderNo: view.orderNo, amountFen: 1500, code: CODE, onOpen: expect.any(Function) },
      ],
    ])
    expect(JSON.stringify(orders)).not.toContain(CODE)
  })

  it('takes a new number for each scan', async () => {
    kit.script.payAndSettle = async ({ orderNo }) => refusal(orderNo, 'CODE_EXPIRED')
    const first = await till.pay(1500, { code: CODE })
    const second = await till.pay(1500, { code: CODE })
    expect(first.orderNo).not.toBe(second.orderNo)
  })

  it('shows a refusal and does not ask again: of a false code the core keeps no order', async () => {
    kit.script.payAndSettle = async ({ orderNo }) => refusal(orderNo, 'CODE_USED')
    const { orderNo } = await till.pay(1500, { code: CODE })
    expect(await till.look(orderNo)).toMatchObject({
      state: 'refused',
      refusal: { code: 'CODE_USED' },
    })
    expect(kit.calls.map(([name]) => name)).toEqual(['payAndSettle'])
  })

  it('is open while the kit still asks, and paid as soon as it knows', async () => {
    const end = payLater()
    const { orderNo, state } = await till.pay(1500, { code: CODE })
    expect(state).toBe('open')
    expect((await till.look(orderNo))?.state).toBe('open')
    end({ outcome: 'paid', orderNo, payment: paid(orderNo) })
    await new Promise((done) => setTimeout(done))
    kit.script.query = async () => ({ kind: 'answered', body: paid(orderNo) })
    expect((await till.look(orderNo))?.state).toBe('paid')
  })

  it('says at once that the phone asks for the password, and for how long (R23)', async () => {
    const { end, tell } = awaitPassword()
    till = openTill(60_000)
    const { orderNo, state, password, payer } = await till.pay(1500, { code: CODE })
    expect({ state, password, payer }).toEqual({
      state: 'open',
      password: { secondsLeft: 45, by: 'phone' },
      payer: { class: 'student', maskedName: '林*夏' },
    })
    nowMs += 5_000
    expect(await till.look(orderNo)).toMatchObject({ password: { secondsLeft: 40 } })
    tell('PROCESSING')
    expect(await till.look(orderNo)).toMatchObject({ state: 'open', password: null })
    end({ outcome: 'paid', orderNo, payment: paid(orderNo) })
    await new Promise((done) => setTimeout(done))
    kit.script.query = async () => ({ kind: 'answered', body: paid(orderNo) })
    expect((await till.look(orderNo))?.state).toBe('paid')
  })

  it('shows why the wait for the password came to nothing', async () => {
    const { end } = awaitPassword()
    const { orderNo } = await till.pay(1500, { code: CODE })
    end(refusal(orderNo, 'PASSWORD_TIMED_OUT'))
    await new Promise((done) => setTimeout(done))
    expect(await till.look(orderNo)).toMatchObject({
      state: 'refused',
      password: null,
      refusal: { code: 'PASSWORD_TIMED_OUT' },
    })
  })

  it('counts the seconds by the core’s clock', async () => {
    kit = createScriptedTerminal({ clockOffsetMs: 10_000 })
    till = openTill()
    awaitPassword()
    expect(await till.pay(1500, { code: CODE })).toMatchObject({ password: { secondsLeft: 35 } })
  })

  it('ends the wait when staff cancel, whatever the kit hears late', async () => {
    const { tell } = awaitPassword()
    const { orderNo } = await till.pay(1500, { code: CODE })
    const payment = paid(orderNo, { status: 'REVERSED', channel: null, settledAt: null })
    kit.script.reverseAndSettle = async () => ({ outcome: 'reversed', orderNo, payment })
    expect(await till.reverse(orderNo)).toMatchObject({ state: 'reversed', password: null })
    tell('AWAITING_PASSWORD')
    expect(await till.look(orderNo)).toMatchObject({ state: 'reversed', password: null })
  })

  it('goes on asking the core when the kit has lost patience', async () => {
    kit.script.payAndSettle = async ({ orderNo }) => ({
      outcome: 'unknown',
      orderNo,
      reason: 'PENDING',
      lastSeen: paid(orderNo, { status: 'UNKNOWN', channel: null }),
    })
    const { orderNo, state } = await till.pay(1500, { code: CODE })
    expect(state).toBe('open')
    kit.script.query = async () => ({ kind: 'unknown', reason: 'NO_ANSWER' })
    expect((await till.look(orderNo))?.state).toBe('open')
    kit.script.query = async () => ({ kind: 'answered', body: paid(orderNo) })
    expect((await till.look(orderNo))?.state).toBe('paid')
  })

  it('stays open, and lives, when the kit itself fails', async () => {
    kit.script.payAndSettle = () => Promise.reject(new Error('a fault'))
    kit.script.query = async () => ({ kind: 'unknown', reason: 'NOT_SENT' })
    expect((await till.pay(1500, { code: CODE })).state).toBe('open')
    expect(faults).toHaveLength(1)
  })
})

describe('after a restart', () => {
  const orderNo = '20260901-120342-9f2c1a'
  beforeEach(() => {
    orders.push({ terminalId: 'till-1', orderNo, listFen: 1500, at: new Date(nowMs).toISOString() })
  })

  it('asks the core what became of its latest orders', async () => {
    kit.script.query = async () => ({ kind: 'answered', body: paid(orderNo) })
    expect(await till.list()).toMatchObject([{ orderNo, state: 'paid', charged: '¥13.50' }])
  })

  it('calls an order that the core does not know refused only once nothing can still arrive', async () => {
    kit.script.query = async () => refusedAnswer('ORDER_NOT_FOUND')
    nowMs += 119_000
    expect((await till.look(orderNo))?.state).toBe('open')
    nowMs += 2_000
    expect((await till.look(orderNo))?.state).toBe('refused')
  })

  it('knows no orders of others', async () => {
    expect(await till.look('somebody-elses')).toBeUndefined()
    expect(await till.reverse('somebody-elses')).toBeUndefined()
    expect(await till.refund('somebody-elses', 'r', 1)).toBeUndefined()
    expect(kit.calls).toEqual([])
  })
})

describe('undoing', () => {
  let orderNo: string
  beforeEach(async () => {
    kit.script.payAndSettle = async (request) => ({
      outcome: 'paid',
      orderNo: request.orderNo,
      payment: paid(request.orderNo),
    })
    ;({ orderNo } = await till.pay(1500, { code: CODE }))
    kit.script.query = async () => ({ kind: 'answered', body: paid(orderNo) })
  })

  it('reverses', async () => {
    const payment = paid(orderNo, { status: 'REVERSED' })
    kit.script.reverseAndSettle = async () => ({ outcome: 'reversed', orderNo, payment })
    expect(await till.reverse(orderNo)).toMatchObject({ state: 'reversed', notice: null })
  })

  it('says why not, and what the order is now', async () => {
    kit.script.reverseAndSettle = async () => refusal(orderNo, 'ORDER_REFUNDED')
    expect(await till.reverse(orderNo)).toMatchObject({
      state: 'paid',
      notice: { 'zh-CN': '订单已有退款，不能再撤销' },
    })
  })

  it('refunds under the number it was given, and shows what is left', async () => {
    kit.script.refundAndSettle = async ({ refundNo, amountFen }) => {
      kit.script.query = async () => ({
        kind: 'answered',
        body: paid(orderNo, { refundedFen: amountFen }),
      })
      const { channel, createdAt, settledAt } = paid(orderNo)
      if (!channel) throw new Error('a paid order has a channel')
      const refund = { orderNo, refundNo, amountFen, channel, createdAt, settledAt }
      return { outcome: 'refunded', orderNo, refund: { ...refund, status: 'REFUNDED' } }
    }
    const view = await till.refund(orderNo, `${orderNo}-r0`, 500)
    expect(view).toMatchObject({
      state: 'paid',
      refunded: '¥5.00',
      refund: { refundNo: `${orderNo}-r500`, most: '8.50' },
      notice: null,
    })
    expect(kit.calls).toContainEqual([
      'refundAndSettle',
      expect.objectContaining({ orderNo, refundNo: `${orderNo}-r0`, amountFen: 500 }),
    ])
  })

  it.each(['REFUND_DECLINED', 'REFUND_NO_REUSED'] as const)(
    'tries once more under a new number after %s: the old one is lost',
    async (code) => {
      kit.script.refundAndSettle = async () => refusal(orderNo, code)
      const first = await till.refund(orderNo, `${orderNo}-r0`, 500)
      expect(first).toMatchObject({ refund: { refundNo: `${orderNo}-r0-1`, most: '13.50' } })
      expect(first?.notice).not.toBe(null)
      await till.refund(orderNo, `${orderNo}-r0-1`, 500)
      expect((await till.look(orderNo))?.refund?.refundNo).toBe(`${orderNo}-r0-2`)
    },
  )

  it('asks for patience when a refund is not known yet', async () => {
    kit.script.refundAndSettle = async () => ({ outcome: 'unknown', orderNo, reason: 'PENDING' })
    const view = await till.refund(orderNo, `${orderNo}-r0`, 500)
    expect(view?.notice?.['zh-CN']).toContain('请勿重复操作')
    // R27: it may be WeChat that is waited for.
    expect(view?.notice?.['zh-CN']).not.toContain('银行')
  })
})
