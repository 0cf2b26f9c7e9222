import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PayAndSettle } from './pay-and-settle.ts'
import type { Fault } from './testing/fake-core.ts'
import { type Fixture, openFixture } from './testing/fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await openFixture()
})
afterEach(() => fixture.close())

/** A payment of ¥12.50 by the student, who is charged ¥11.25. */
function pay(more: Partial<Omit<PayAndSettle, 'token'>> = {}) {
  const code = more.code ?? fixture.drawCode(fixture.student)
  return fixture.till.payAndSettle({
    orderNo: 'A-0001',
    amountFen: 1250,
    patienceMs: 3_000,
    ...more,
    code,
  })
}

const asked = () => fixture.core.calls.map(({ name }) => name)
const balance = () => fixture.student.balanceFen

/** The core has got the first call, and has had the time to answer it. */
async function untilAsked() {
  await expect.poll(asked).toContain('pay')
  await sleep(100)
}

describe('payAndSettle', () => {
  it('pays with one call when nothing goes wrong', async () => {
    expect(await pay()).toMatchObject({
      outcome: 'paid',
      orderNo: 'A-0001',
      payment: {
        status: 'PAID',
        listFen: 1250,
        amountFen: 1125,
        rule: { changeFen: -125 },
        payer: { class: 'student', maskedName: '林*夏' },
      },
    })
    expect(asked()).toEqual(['pay'])
  })

  it('pays at once though its patience is shorter than a call may take', async () => {
    const till = fixture.connect({ callMs: 10_000 })
    const code = fixture.drawCode(fixture.student)
    const order = { orderNo: 'A-0002', amountFen: 100, code, patienceMs: 3_000 }
    expect(await till.payAndSettle(order)).toMatchObject({ outcome: 'paid' })
    expect(asked()).toEqual(['pay'])
  })

  it('reports a refusal with its code and sentences, at once', async () => {
    const code = fixture.drawCode(fixture.student)
    fixture.drawCode(fixture.student)
    expect(await pay({ code })).toMatchObject({
      outcome: 'refused',
      code: 'CODE_EXPIRED',
      message: { 'zh-CN': expect.stringContaining('过期'), en: expect.any(String) },
    })
    expect(asked()).toEqual(['pay'])
  })

  it.each<Fault>([
    'drop-after',
    'hang-after',
    '500-after',
    'foreign-signature',
    'unsigned',
    'not-json',
  ])('finds out by a query that it was paid when the answer is lost by %s (R33)', async (fault) => {
    fixture.core.faults = [fault]
    const before = balance()
    expect(await pay()).toMatchObject({ outcome: 'paid' })
    expect(asked()).toEqual(['pay', 'getPayment'])
    expect(balance()).toBe(before - 1125)
  })

  it.each<Fault>(['drop', '500'])(
    'sends the same order again when the core never got it, by %s (R33)',
    async (fault) => {
      fixture.core.faults = [fault]
      const before = balance()
      expect(await pay()).toMatchObject({ outcome: 'paid' })
      expect(asked()).toEqual(['getPayment', 'pay'])
      expect(balance()).toBe(before - 1125)
    },
  )

  it('pays once though every other answer is lost', async () => {
    fixture.core.faults = ['drop', undefined, 'drop-after', '500-after', 'hang-after', 'unsigned']
    const before = balance()
    expect(await pay({ patienceMs: 12_000 })).toMatchObject({ outcome: 'paid' })
    expect(balance()).toBe(before - 1125)
  })

  it('asks on while the bank is being asked', async () => {
    fixture.core.campus.slowFor = 2
    expect(await pay()).toMatchObject({ outcome: 'paid', payment: { channel: 'bank_card' } })
    expect(asked()).toEqual(['pay', 'getPayment', 'getPayment'])
  })

  it('says unknown, never failed, when patience ends first', async () => {
    fixture.core.campus.slowFor = 100
    expect(await pay({ patienceMs: 600 })).toMatchObject({
      outcome: 'unknown',
      reason: 'PENDING',
      lastSeen: { status: 'PROCESSING' },
    })
  })

  it('says that nothing was sent only when nothing ever was', async () => {
    const silent = await openFixture()
    await silent.core.close()
    const request = { orderNo: 'A-1', amountFen: 1, code: '1', patienceMs: 400 }
    expect(await silent.till.payAndSettle(request)).toEqual({
      outcome: 'unknown',
      orderNo: 'A-1',
      reason: 'NOT_SENT',
    })
    await silent.till.close()

    fixture.core.faults = ['drop']
    const code = fixture.drawCode(fixture.student)
    const paying = fixture.till.payAndSettle({
      orderNo: 'A-2',
      amountFen: 1,
      code,
      patienceMs: 900,
    })
    await sleep(100)
    await fixture.core.close()
    expect(await paying).toMatchObject({ outcome: 'unknown', reason: 'NO_ANSWER' })
    fixture = await openFixture()
  })

  it('undoes an open order when told to, and says so', async () => {
    fixture.core.campus.slowFor = 100
    const before = balance()
    expect(await pay({ reverseAfterMs: 300 })).toMatchObject({
      outcome: 'reversed',
      payment: { status: 'REVERSED' },
    })
    expect(asked().at(-1)).toBe('reverse')
    expect(balance()).toBe(before)
  })

  it('repeats the undoing until it is certain', async () => {
    fixture.core.campus.slowFor = 100
    fixture.core.faults = [undefined, 'drop-after', '500-after']
    expect(await pay({ reverseAfterMs: 0 })).toMatchObject({ outcome: 'reversed' })
    expect(asked()).toEqual(['pay', 'reverse', 'reverse', 'reverse'])
  })

  it('never undoes an order that it may not', async () => {
    fixture.core.campus.slowFor = 100
    expect(await pay({ patienceMs: 500 })).toMatchObject({ outcome: 'unknown' })
    expect(asked()).not.toContain('reverse')
  })

  it('calls a repeat that was refused refused only when the first request cannot pay any more', async () => {
    // The first request is held up on its way; meanwhile the code's owner asks for another code.
    fixture.core.faults = ['late']
    fixture.core.lateMs = 2_500
    const code = fixture.drawCode(fixture.student)
    const before = balance()
    const paying = pay({ code, patienceMs: 5_000 })
    await sleep(50)
    fixture.core.campus.refusals.set(code, { refused: 'CODE_NOT_YET_VALID' })
    expect(await paying).toMatchObject({ outcome: 'refused', code: 'CODE_NOT_YET_VALID' })
    expect(asked()).toEqual(['getPayment', 'pay', 'getPayment', 'reverse'])
    fixture.core.campus.refusals.clear()
    await sleep(1_500)
    expect(asked().filter((name) => name === 'pay')).toHaveLength(2)
    expect(fixture.core.campus.orders.size).toBe(1)
    expect(balance()).toBe(before)
  })

  it('does not take a payment of another amount for its own, and leaves it alone', async () => {
    await pay()
    const before = balance()
    fixture.core.calls.length = 0
    fixture.core.faults = ['drop']
    const code = fixture.drawCode(fixture.student)
    const other = { orderNo: 'A-0001', amountFen: 700, code, reverseAfterMs: 2_000 }
    expect(await fixture.till.payAndSettle(other)).toMatchObject({
      outcome: 'refused',
      code: 'ORDER_NO_REUSED',
    })
    expect(asked()).not.toContain('reverse')
    expect(balance()).toBe(before)
  })

  it('waits as long as the core asks for and tries again', async () => {
    const code = fixture.drawCode(fixture.student)
    const { refusals } = fixture.core.campus
    refusals.set(code, { refused: 'TERMINAL_PAUSED', retryAfterSeconds: 0.5 })
    const startedAt = performance.now()
    const paying = pay({ code })
    await untilAsked()
    refusals.clear()
    expect(await paying).toMatchObject({ outcome: 'paid' })
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(499)
    expect(asked()).toEqual(['pay', 'pay'])
  })

  it('is refused at once when the wait would outlast its patience', async () => {
    const code = fixture.drawCode(fixture.student)
    const pause = { refused: 'TERMINAL_PAUSED', retryAfterSeconds: 5 } as const
    fixture.core.campus.refusals.set(code, pause)
    expect(await pay({ code })).toMatchObject({
      outcome: 'refused',
      code: 'TERMINAL_PAUSED',
      retryAfterSeconds: 5,
    })
  })

  it('signs anew when a nonce arrived twice', async () => {
    fixture.core.faults = ['replayed']
    expect(await pay()).toMatchObject({ outcome: 'paid' })
    const nonces = fixture.core.calls.map(({ nonce }) => nonce)
    expect(asked()).toEqual(['pay', 'pay'])
    expect(new Set(nonces).size).toBe(2)
  })

  it('gives up early, as unknown, when its own key is not accepted', async () => {
    const till = fixture.connect({ secret: Buffer.alloc(32, 'wrong').toString('base64url') })
    const code = fixture.drawCode(fixture.student)
    const startedAt = performance.now()
    expect(await till.payAndSettle({ orderNo: 'A-3', amountFen: 100, code })).toEqual({
      outcome: 'unknown',
      orderNo: 'A-3',
      reason: 'NOT_VERIFIED',
      says: 'SIGNATURE_INVALID',
    })
    expect(performance.now() - startedAt).toBeLessThan(3_000)
  })

  describe('while the phone asks for the password (R23)', () => {
    beforeEach(() => {
      fixture.core.campus.passwordAboveFen = 1_000
      fixture.student.hasPassword = true
    })
    const endWait = (how: Parameters<typeof fixture.core.campus.endWait>[1]) =>
      fixture.core.campus.endWait('A-0001', how)

    it('asks about once a second and undoes nothing, however short its patience', async () => {
      const before = balance()
      const paying = pay({ patienceMs: 500, reverseAfterMs: 200 })
      await sleep(3_500)
      expect(asked()).toEqual(['pay', ...asked().slice(1).fill('getPayment')])
      expect(asked().length).toBeGreaterThanOrEqual(3)
      expect(asked().length).toBeLessThanOrEqual(6)
      expect(balance()).toBe(before)
      endWait('entered')
      expect(await paying).toMatchObject({ outcome: 'paid', payment: { channel: 'wallet' } })
      expect(balance()).toBe(before - 1125)
      expect(asked()).not.toContain('reverse')
    })

    it.each(['PASSWORD_DECLINED', 'PASSWORD_TIMED_OUT'] as const)(
      'is refused when the phone ends it by %s',
      async (how) => {
        const before = balance()
        const paying = pay()
        await untilAsked()
        endWait(how)
        expect(await paying).toMatchObject({ outcome: 'refused', code: how })
        expect(balance()).toBe(before)
      },
    )

    it('begins its patience anew when the bank is asked afterwards', async () => {
      fixture.core.campus.slowFor = 2
      const paying = pay({ patienceMs: 1_500, reverseAfterMs: 1_000 })
      await sleep(1_600)
      endWait('entered')
      expect(await paying).toMatchObject({ outcome: 'paid', payment: { channel: 'bank_card' } })
    })

    it('undoes an order that stays open after the password, as any other', async () => {
      fixture.core.campus.slowFor = 100
      const paying = pay({ patienceMs: 2_000, reverseAfterMs: 300 })
      await untilAsked()
      endWait('entered')
      expect(await paying).toMatchObject({ outcome: 'reversed' })
    })

    it('undoes it after the wait for the password when told to, and else says unknown', async () => {
      expect(await pay({ passwordWaitMs: 700 })).toMatchObject({
        outcome: 'unknown',
        reason: 'PENDING',
        lastSeen: { status: 'AWAITING_PASSWORD', channel: null },
      })
      expect(asked()).not.toContain('reverse')
      const code = fixture.drawCode(fixture.student)
      fixture.core.faults = [undefined, undefined, 'drop']
      const other = { orderNo: 'A-0002', amountFen: 1250, code, reverseAfterMs: 0 }
      expect(await fixture.till.payAndSettle({ ...other, passwordWaitMs: 700 })).toMatchObject({
        outcome: 'reversed',
      })
      expect(fixture.student.spentTodayFen).toBe(1125)
    })

    it('waits on when the network fails meanwhile', async () => {
      fixture.core.faults = [undefined, 'drop', '500', 'unsigned']
      const paying = pay({ patienceMs: 500, reverseAfterMs: 200 })
      await sleep(3_600)
      endWait('entered')
      expect(await paying).toMatchObject({ outcome: 'paid' })
    })

    it('ends when the cashier reverses', async () => {
      const paying = pay()
      await untilAsked()
      const undone = await fixture.till.reverseAndSettle({ orderNo: 'A-0001' })
      expect(undone).toMatchObject({ outcome: 'reversed' })
      expect(await paying).toMatchObject({ outcome: 'reversed' })
      expect(fixture.student.spentTodayFen).toBe(0)
    })

    it('tells the till each time why the order is open', async () => {
      fixture.core.campus.slowFor = 2
      const heard: string[] = []
      const paying = pay({ onOpen: ({ status }) => heard.push(status) })
      await untilAsked()
      endWait('entered')
      await paying
      expect(heard).toEqual(['AWAITING_PASSWORD', 'PROCESSING'])
    })
  })

  it('sends what the scanner read, untouched, and the same bytes each time', async () => {
    fixture.core.faults = ['500', undefined, undefined]
    const code = ' 71１２３\r\n'
    await pay({ code, patienceMs: 1_000 })
    const bodies = fixture.core.calls.filter(({ name }) => name === 'pay').map(({ body }) => body)
    expect(bodies).toEqual([{ orderNo: 'A-0001', amountFen: 1250, code }])
  })
})
