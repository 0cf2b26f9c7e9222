import { v7 } from 'uuid'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { lookAgain } from '../foreign-codes/look-again.ts'
import { checkBooks } from '../ledger/check-books.ts'
import { readBalance, rollUpBalances } from '../ledger/roll-up-balances.ts'
import { accountNames } from '../ledger/store.ts'
import { driveDueMovements } from '../movements/worker.ts'
import { createTestCampus, paymentOf, SCHOOL, type TestCampus } from '../testing/campus.ts'

let campus: TestCampus
beforeAll(async () => {
  campus = await createTestCampus()
})
beforeEach(() => {
  campus.wechat.setFault('none')
  campus.wechat.askPassword(false)
  campus.wechat.calls.length = 0
})
afterEach(async () => {
  await step()
  expect(await checkBooks(campus.db.pool)).toEqual([])
})
afterAll(() => campus.close())

/** Somebody whose WeChat is bound, and the code on their screen. */
async function wechatUser(options: Parameters<TestCampus['addPerson']>[0] = {}) {
  const { personId } = await campus.addPerson(options)
  const openid = await campus.bindWechat(personId)
  const code = campus.wechat.showCode(openid)
  const request = (amountFen = 1_000) => ({ orderNo: v7(), amountFen, code })
  return { personId, openid, code, request }
}

/** The worker's next look at everything that is open, without its pause. */
async function step() {
  await campus.db.pool.query(
    `update external_movements set next_attempt_at = now() where state = 'open'`,
  )
  await driveDueMovements(campus.services)
}

/** As if the order had been begun so much earlier. */
async function age(orderNo: string, seconds: number) {
  await campus.db.pool.query(
    `update external_movements m set created_at = m.created_at - make_interval(secs => $2)
       from payments p where p.order_no = $1 and m.movement_id = p.payment_id`,
    [orderNo, seconds],
  )
}

async function look(orderNo: string) {
  return paymentOf((await campus.query(orderNo)) as never)
}

describe("WeChat's own code at a terminal (R27)", () => {
  it('charges WeChat the price of the person’s class, and never the wallet', async () => {
    const { personId, openid, request } = await wechatUser({ personClass: 'student' })
    const answer = paymentOf(await campus.pay(request(1_000)))
    expect(answer).toMatchObject({
      status: 'PAID',
      means: 'wechat',
      channel: 'wechat',
      listFen: 1_000,
      amountFen: 900,
      payer: { class: 'student' },
      confirmBy: null,
    })
    expect(campus.wechat.netFen(openid)).toBe(900)
    expect(await campus.payer(personId)).toMatchObject({ wallet_fen: 10_000, spent_fen: 0 })
    await rollUpBalances(campus.db)
    const clearing = await readBalance(campus.db.pool, SCHOOL, accountNames.clearing('wechat'))
    expect(clearing).toBeLessThanOrEqual(-900)
  })

  it('asks WeChat by a number that it takes, and keeps the code nowhere', async () => {
    const { code, request } = await wechatUser()
    const { paymentId } = paymentOf(await campus.pay(request()))
    const { rows } = await campus.db.pool.query(
      'select reference from external_movements where movement_id = $1',
      [paymentId],
    )
    expect(rows[0].reference).toMatch(/^[0-9a-f]{32}$/)
    const { rows: tables } = await campus.db.pool.query(
      `select table_name from information_schema.tables where table_schema = current_schema()`,
    )
    for (const { table_name: table } of tables) {
      const { rowCount } = await campus.db.pool.query(
        `select from ${table} t where t::text like '%' || $1 || '%'`,
        [code],
      )
      expect([table, rowCount]).toEqual([table, 0])
    }
  })

  it('answers a repeat from the order, and charges once (R33)', async () => {
    const { openid, request } = await wechatUser()
    const order = request()
    const first = paymentOf(await campus.pay(order))
    expect(paymentOf(await campus.pay(order))).toEqual(first)
    expect(await campus.pay({ ...order, amountFen: 2_000 })).toMatchObject({
      refused: 'ORDER_NO_REUSED',
    })
    expect(campus.wechat.netFen(openid)).toBe(1_000)
    expect(campus.wechat.calls.filter((call) => call === 'charge')).toHaveLength(1)
  })

  it('charges once, however many deliveries of the order come at once', async () => {
    const { openid, request } = await wechatUser()
    const order = request()
    await Promise.all([campus.pay(order), campus.pay(order), campus.pay(order)])
    await step()
    expect((await look(order.orderNo)).status).toBe('PAID')
    expect(campus.wechat.netFen(openid)).toBe(1_000)
  })

  it('refuses a WeChat that nobody has bound, and charges nothing', async () => {
    const code = campus.wechat.showCode('o-nobody')
    const order = { orderNo: v7(), amountFen: 500, code }
    expect(await campus.pay(order)).toMatchObject({ refused: 'WECHAT_NOT_BOUND' })
    expect(await campus.query(order.orderNo)).toMatchObject({ refused: 'ORDER_NOT_FOUND' })
    expect(campus.wechat.calls).toEqual(['findPayer'])
  })

  it.each([
    ['locked', 'CARD_LOCKED'],
    ['closed', 'CARD_CLOSED'],
    ['unclaimed', 'CARD_NOT_CLAIMED'],
  ])('refuses a card that is %s before anything is charged', async (cardStatus, refused) => {
    const { personId, request } = await wechatUser()
    const setStatus = (status: string) =>
      campus.db.pool.query('update payers set card_status = $2 where person_id = $1', [
        personId,
        status,
      ])
    // Behind the core's back: it ends the binding of a card that it closes.
    await setStatus(cardStatus)
    const order = request()
    expect(await campus.pay(order)).toMatchObject({ refused })
    expect(await campus.pay(order)).toMatchObject({ refused })
    expect(campus.wechat.calls).not.toContain('charge')
    await setStatus('active')
  })

  it('refuses codes that WeChat does not know or that are over', async () => {
    const { code, request } = await wechatUser()
    await campus.pay(request())
    const again = await campus.pay({ orderNo: v7(), amountFen: 500, code })
    expect(again).toMatchObject({ refused: 'CODE_EXPIRED' })
    const unknown = await campus.pay({ orderNo: v7(), amountFen: 500, code: '130000000000000000' })
    expect(unknown).toMatchObject({ refused: 'CODE_NOT_RECOGNISED' })
  })

  it('asks WeChat no faster than a till’s pauses allow, whatever is scanned; a code of somebody’s ends the row', async () => {
    const scan = (code: string) => campus.pay({ orderNo: v7(), amountFen: 500, code })
    const { request } = await wechatUser()
    const guess = (count: number) => `13${String(count).padStart(16, '0')}`
    await campus.db.pool.query('update terminals set bad_streak = 0')
    for (const count of [1, 2]) await scan(guess(count))
    expect(await campus.pay(request())).toMatchObject({ body: { status: 'PAID' } })
    for (const count of [3, 4, 5]) {
      expect(await scan(guess(count))).toMatchObject({ refused: 'CODE_NOT_RECOGNISED' })
    }
    campus.wechat.calls.length = 0
    const paused = { refused: 'TERMINAL_PAUSED', retryAfterSeconds: expect.any(Number) }
    expect(await scan(guess(6))).toEqual(paused)
    expect(campus.wechat.calls).toEqual([])
    // WeChat having lost its wits must not shut the tills for our own codes.
    for (let count = 7; count < 30; count++) {
      await campus.db.pool.query('update terminals set paused_until = null')
      expect(await scan(guess(count))).toMatchObject({ refused: 'CODE_NOT_RECOGNISED' })
    }
    await campus.db.pool.query('update terminals set paused_until = null, bad_streak = 0')
  })

  it('says that WeChat cannot be reached only where nothing was charged', async () => {
    const { openid, request } = await wechatUser()
    campus.wechat.setFault('down')
    expect(await campus.pay(request())).toMatchObject({ refused: 'WECHAT_UNAVAILABLE' })
    expect(campus.wechat.netFen(openid)).toBe(0)
  })

  it('says so too where it went away between the look-up and the charge', async () => {
    const { request } = await wechatUser()
    const order = request()
    const { findPayer } = campus.wechat
    const { wechat } = campus.services.ports
    if (!wechat) throw new Error('no WeChat')
    wechat.findPayer = async (code) => {
      const found = await findPayer(code)
      campus.wechat.setFault('down')
      return found
    }
    expect(await campus.pay(order)).toMatchObject({ refused: 'WECHAT_UNAVAILABLE' })
    wechat.findPayer = findPayer
    expect((await look(order.orderNo)).status).toBe('REFUSED')
  })

  it('says that WeChat declined', async () => {
    const { request } = await wechatUser()
    campus.wechat.setFault('decline')
    const order = request()
    expect(await campus.pay(order)).toMatchObject({ refused: 'WECHAT_DECLINED' })
    expect(await campus.pay(order)).toMatchObject({ refused: 'WECHAT_DECLINED' })
  })

  it('is not taken where the school has no WeChat, and Alipay and UnionPay nowhere (R28)', async () => {
    const { ports } = campus.services
    const { foreignCodes } = ports
    const { code } = await wechatUser()
    const refused = async (foreign: string, accepted: string[]) => {
      const answer = await campus.pay({ orderNo: v7(), amountFen: 100, code: foreign })
      expect(answer).toEqual({ refused: 'CODE_FOREIGN_NOT_ACCEPTED', accepted })
    }
    const others = ['2890000000000000', '6290000000000000000']
    ports.foreignCodes = {}
    for (const foreign of [code, ...others]) await refused(foreign, [])
    ports.foreignCodes = foreignCodes
    for (const foreign of others) await refused(foreign, ['wechat'])
  })
})

describe("WeChat's password prompt", () => {
  it('makes the terminal wait, with the time until when, and pays when it was entered', async () => {
    const { openid, request } = await wechatUser()
    campus.wechat.askPassword(true)
    const order = request()
    const waiting = paymentOf(await campus.pay(order))
    expect(waiting).toMatchObject({ status: 'PROCESSING', channel: null })
    const waitMs = Date.parse(waiting.confirmBy ?? '') - Date.parse(waiting.createdAt)
    expect(waitMs).toBe(45_000)
    await step()
    expect((await look(order.orderNo)).status).toBe('PROCESSING')
    campus.wechat.settle('SUCCEEDED')
    await step()
    expect(await look(order.orderNo)).toMatchObject({ status: 'PAID', confirmBy: null })
    expect(campus.wechat.netFen(openid)).toBe(1_000)
  })

  it.each([
    ['its own answer', 'drop_answer', 'none'],
    ['a question', 'none', 'silent'],
  ] as const)(
    'is waited for though %s was lost: how long is said of an order that is UNKNOWN, too',
    async (_, first, second) => {
      const { openid, request } = await wechatUser()
      campus.wechat.askPassword(true)
      campus.wechat.setFault(first)
      const order = request()
      await campus.pay(order)
      campus.wechat.setFault(second)
      await step()
      campus.wechat.setFault('none')
      await step()
      const { status, createdAt, confirmBy } = await look(order.orderNo)
      expect(status).toBe('UNKNOWN')
      expect(Date.parse(confirmBy ?? '') - Date.parse(createdAt)).toBe(45_000)
      campus.wechat.settle('SUCCEEDED')
      await step()
      expect(await look(order.orderNo)).toMatchObject({ status: 'PAID', confirmBy: null })
      expect(campus.wechat.netFen(openid)).toBe(1_000)
    },
  )

  it('refuses when the payer declines', async () => {
    const { request } = await wechatUser()
    campus.wechat.askPassword(true)
    const order = request()
    await campus.pay(order)
    campus.wechat.settle('DECLINED')
    await step()
    expect((await look(order.orderNo)).refusal?.code).toBe('WECHAT_DECLINED')
  })

  it('is asked about until 45 s, then undone, and not before', async () => {
    const { openid, request } = await wechatUser()
    campus.wechat.askPassword(true)
    const order = request()
    await campus.pay(order)
    await age(order.orderNo, 40)
    await step()
    expect(campus.wechat.calls).not.toContain('reverse')
    await age(order.orderNo, 5)
    await step()
    expect(campus.wechat.calls).toContain('reverse')
    expect((await look(order.orderNo)).refusal?.code).toBe('WECHAT_TIMED_OUT')
    expect(campus.wechat.netFen(openid)).toBe(0)
  })

  it('is over when WeChat itself gives up', async () => {
    const { request } = await wechatUser()
    campus.wechat.askPassword(true)
    const order = request()
    await campus.pay(order)
    campus.wechat.settle('REVERSED')
    await step()
    expect((await look(order.orderNo)).refusal?.code).toBe('WECHAT_TIMED_OUT')
  })

  it('pays when the password came at the last moment', async () => {
    const { request } = await wechatUser()
    campus.wechat.askPassword(true)
    const order = request()
    await campus.pay(order)
    campus.wechat.settle('SUCCEEDED')
    await age(order.orderNo, 60)
    await step()
    expect((await look(order.orderNo)).status).toBe('PAID')
    expect(campus.wechat.calls).not.toContain('reverse')
  })
})

describe('a charge of which nobody knows', () => {
  it('is UNKNOWN, then paid once WeChat says so', async () => {
    const { openid, request } = await wechatUser()
    campus.wechat.setFault('drop_answer')
    const order = request()
    expect(paymentOf(await campus.pay(order)).status).toBe('UNKNOWN')
    campus.wechat.setFault('none')
    await step()
    expect((await look(order.orderNo)).status).toBe('PAID')
    expect(campus.wechat.netFen(openid)).toBe(1_000)
  })

  it('that WeChat never saw is refused when its code must be dead, not before', async () => {
    const { openid, request } = await wechatUser()
    const order = request()
    // The process dies between COMMIT and the call: the worker has no code.
    const { wechat } = campus.services.ports
    if (!wechat) throw new Error('no WeChat')
    const { charge } = wechat
    wechat.charge = async () => ({ ok: false, reason: 'UNKNOWN' })
    await campus.pay(order)
    wechat.charge = charge
    await age(order.orderNo, 60)
    await step()
    expect((await look(order.orderNo)).status).toBe('UNKNOWN')
    await age(order.orderNo, 31)
    await step()
    expect((await look(order.orderNo)).refusal?.code).toBe('WECHAT_UNAVAILABLE')
    expect(campus.wechat.netFen(openid)).toBe(0)
    expect(campus.wechat.calls).not.toContain('charge')
  })

  it('stays UNKNOWN while WeChat is silent, however long', async () => {
    const { request } = await wechatUser()
    campus.wechat.setFault('drop_answer')
    const order = request()
    await campus.pay(order)
    campus.wechat.setFault('silent')
    await age(order.orderNo, 3_600)
    await step()
    expect((await look(order.orderNo)).status).toBe('UNKNOWN')
    campus.wechat.setFault('none')
    await step()
    expect((await look(order.orderNo)).status).toBe('PAID')
  })

  it('of another amount raises an alarm and is not called paid', async () => {
    const { request } = await wechatUser()
    campus.wechat.askPassword(true)
    const order = request()
    await campus.pay(order)
    const { wechat } = campus.services.ports
    if (!wechat) throw new Error('no WeChat')
    const { query } = wechat
    wechat.query = async (reference) => {
      const answer = await query(reference)
      const value = answer.ok && { ...answer.value, status: 'SUCCEEDED' as const, amountFen: 1 }
      return value ? { ok: true, value } : answer
    }
    await step()
    wechat.query = query
    expect((await look(order.orderNo)).status).toBe('UNKNOWN')
    campus.wechat.settle('SUCCEEDED')
    await step()
    expect((await look(order.orderNo)).status).toBe('PAID')
  })
})

describe('a charge that came to nothing here', () => {
  it('is looked at once more, and returned with an alarm where it stands', async () => {
    const { openid, request } = await wechatUser()
    campus.wechat.askPassword(true)
    const order = request()
    await campus.pay(order)
    await age(order.orderNo, 45)
    await step()
    expect((await look(order.orderNo)).status).toBe('REFUSED')
    const late = () =>
      campus.db.pool.query(
        `update external_movements set settled_at = settled_at - interval '5 minutes',
                                       next_attempt_at = now() - interval '1 second'
          where looked_at is null and kind = 'debit'`,
      )
    // Against its own word WeChat has taken the money after all.
    campus.wechat.settle('SUCCEEDED', 'REVERSED')
    expect(campus.wechat.netFen(openid)).toBe(1_000)
    await late()
    const alarms: unknown[] = []
    const log = { ...campus.services.log, error: (_: unknown, text: string) => alarms.push(text) }
    await lookAgain({ ...campus.services, log: log as never })
    expect(campus.wechat.netFen(openid)).toBe(0)
    expect(alarms.join()).toContain('alarm: an order that came to nothing was charged')
    expect((await look(order.orderNo)).status).toBe('REFUSED')
    campus.wechat.settle('REVERSED', 'SUCCEEDED')
    await late()
    await lookAgain(campus.services)
    campus.wechat.calls.length = 0
    await late()
    await lookAgain(campus.services)
    expect(campus.wechat.calls).toEqual([])
  })
})

describe('undoing and returning', () => {
  it('reverses a paid order at WeChat, whole and once', async () => {
    const { openid, request } = await wechatUser()
    const order = request()
    await campus.pay(order)
    const answer = paymentOf((await campus.reverse(order.orderNo)) as never)
    expect(answer.status).toBe('REVERSED')
    expect(campus.wechat.netFen(openid)).toBe(0)
    expect(paymentOf((await campus.reverse(order.orderNo)) as never)).toEqual(answer)
  })

  it('reverses one that still waits no sooner than WeChat wants it', async () => {
    const { openid, request } = await wechatUser()
    campus.wechat.askPassword(true)
    const order = request()
    await campus.pay(order)
    expect(paymentOf((await campus.reverse(order.orderNo)) as never).status).toBe('REVERSING')
    expect(campus.wechat.calls).not.toContain('reverse')
    await age(order.orderNo, 15)
    await step()
    expect((await look(order.orderNo)).status).toBe('REVERSED')
    expect(campus.wechat.netFen(openid)).toBe(0)
  })

  it('nets to zero when the password comes after the reversal was asked for', async () => {
    const { openid, request } = await wechatUser()
    campus.wechat.askPassword(true)
    const order = request()
    await campus.pay(order)
    await campus.reverse(order.orderNo)
    campus.wechat.settle('SUCCEEDED')
    await age(order.orderNo, 15)
    await step()
    expect((await look(order.orderNo)).status).toBe('REVERSED')
    expect(campus.wechat.netFen(openid)).toBe(0)
  })

  it('waits for a charge that WeChat has not seen until its code is dead', async () => {
    const { request } = await wechatUser()
    campus.wechat.setFault('silent')
    const { wechat } = campus.services.ports
    if (!wechat) throw new Error('no WeChat')
    const { findPayer } = wechat
    campus.wechat.setFault('none')
    wechat.findPayer = async (code) => {
      const found = await findPayer(code)
      campus.wechat.setFault('silent')
      return found
    }
    const order = request()
    await campus.pay(order)
    wechat.findPayer = findPayer
    campus.wechat.setFault('none')
    await campus.reverse(order.orderNo)
    await age(order.orderNo, 60)
    await step()
    expect((await look(order.orderNo)).status).toBe('REVERSING')
    await age(order.orderNo, 31)
    await step()
    expect((await look(order.orderNo)).status).toBe('REVERSED')
  })

  it('ends reversed and net zero, whoever is first and whatever WeChat does meanwhile', async () => {
    const faults = ['none', 'drop_answer', 'decline', 'silent'] as const
    for (let round = 0; round < 16; round++) {
      const { openid, request } = await wechatUser()
      const order = request()
      campus.wechat.askPassword(round % 3 === 0)
      campus.wechat.setFault(faults[round % faults.length] ?? 'none')
      const [paid] = await Promise.all([campus.pay(order), campus.reverse(order.orderNo)])
      campus.wechat.setFault('none')
      campus.wechat.settle(round % 2 === 0 ? 'SUCCEEDED' : 'DECLINED')
      await campus.reverse(order.orderNo)
      for (const seconds of [20, 80]) {
        await age(order.orderNo, seconds)
        await step()
      }
      // Where WeChat was not there to say whose code it is, only the reversal's own mark is left.
      expect(['REVERSED', 'REFUSED']).toContain((await look(order.orderNo)).status)
      expect(campus.wechat.netFen(openid)).toBe(0)
      if ('body' in paid) expect(paid.body).toMatchObject({ orderNo: order.orderNo })
    }
  })

  it('returns parts, each once, and what WeChat has only accepted is not said to be done', async () => {
    const { openid, request } = await wechatUser()
    const order = request()
    await campus.pay(order)
    const first = await campus.refund(order.orderNo, 'r-1', 300)
    expect(first).toMatchObject({ status: 200, body: { status: 'REFUNDED', channel: 'wechat' } })
    expect(await campus.refund(order.orderNo, 'r-1', 300)).toEqual(first)
    campus.wechat.setFault('late_refund')
    const second = await campus.refund(order.orderNo, 'r-2', 700)
    expect(second).toMatchObject({ status: 202, body: { status: 'PROCESSING' } })
    expect(campus.wechat.netFen(openid)).toBe(700)
    campus.wechat.settleRefunds('SUCCEEDED')
    await step()
    expect(await campus.queryRefund(order.orderNo, 'r-2')).toMatchObject({
      body: { status: 'REFUNDED' },
    })
    expect(campus.wechat.netFen(openid)).toBe(0)
    expect(await campus.refund(order.orderNo, 'r-3', 1)).toMatchObject({
      refused: 'REFUND_EXCEEDS_PAYMENT',
    })
  })

  it('frees the amount when WeChat closes a refund', async () => {
    const { request } = await wechatUser()
    const order = request()
    await campus.pay(order)
    campus.wechat.setFault('decline')
    expect(await campus.refund(order.orderNo, 'r-1', 400)).toMatchObject({
      refused: 'REFUND_DECLINED',
    })
    campus.wechat.setFault('none')
    expect(await campus.refund(order.orderNo, 'r-2', 1_000)).toMatchObject({ status: 200 })
  })

  it('is not reversed once a refund was tried: what WeChat says of the order is no proof any more', async () => {
    const { openid, request } = await wechatUser()
    const order = request()
    await campus.pay(order)
    campus.wechat.setFault('decline')
    await campus.refund(order.orderNo, 'r-1', 400)
    campus.wechat.setFault('none')
    expect(await campus.reverse(order.orderNo)).toMatchObject({ refused: 'ORDER_REFUNDED' })
    expect(campus.wechat.calls).not.toContain('reverse')
    expect((await look(order.orderNo)).status).toBe('PAID')
    expect(await campus.refund(order.orderNo, 'r-2', 1_000)).toMatchObject({ status: 200 })
    expect(campus.wechat.netFen(openid)).toBe(0)
  })

  const begunSince = (orderNo: string, days: number) =>
    campus.db.pool.query(
      `update payments set created_at = created_at - make_interval(days => $2) where order_no = $1`,
      [orderNo, days],
    )

  it('is reversed for seven days, as WeChat does; after that the till is told to refund', async () => {
    const { openid, request } = await wechatUser()
    const [old, recent] = [request(), (await wechatUser()).request()]
    await campus.pay(old)
    await campus.pay(recent)
    await begunSince(old.orderNo, 7)
    await begunSince(recent.orderNo, 6)
    expect(await campus.reverse(old.orderNo)).toMatchObject({ refused: 'REVERSAL_TOO_LATE' })
    expect(campus.wechat.calls).not.toContain('reverse')
    expect((await look(old.orderNo)).status).toBe('PAID')
    expect(await campus.refund(old.orderNo, 'r', 1_000)).toMatchObject({ status: 200 })
    expect(campus.wechat.netFen(openid)).toBe(0)
    expect(paymentOf((await campus.reverse(recent.orderNo)) as never).status).toBe('REVERSED')
  })

  it('is refunded for a year and in fifty parts; beyond that WeChat is not asked in vain for ever', async () => {
    const { request } = await wechatUser()
    const order = request()
    await campus.pay(order)
    for (let part = 1; part <= 50; part++) {
      expect(await campus.refund(order.orderNo, `r-${part}`, 1)).toMatchObject({ status: 200 })
    }
    campus.wechat.calls.length = 0
    expect(await campus.refund(order.orderNo, 'r-51', 1)).toEqual({ refused: 'REFUND_DECLINED' })
    expect(await campus.refund(order.orderNo, 'r-50', 1)).toMatchObject({ status: 200 })
    expect((await look(order.orderNo)).refundedFen).toBe(50)

    const old = (await wechatUser()).request()
    await campus.pay(old)
    await begunSince(old.orderNo, 365)
    expect(await campus.refund(old.orderNo, 'r', 1)).toEqual({ refused: 'REFUND_DECLINED' })
    expect(campus.wechat.calls).not.toContain('refund')
  })
})
