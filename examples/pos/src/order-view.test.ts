import { describe, expect, it } from 'vitest'
import { toOrderView } from './order-view.ts'
import { paid } from './testing/scripted-terminal.ts'

const order = {
  terminalId: 'till-1',
  orderNo: '20260901-120342-9f2c1a',
  listFen: 1500,
  at: '2026-09-01T04:03:42.000Z',
}
const NOW_MS = Date.parse(order.at)
const view = (more: Parameters<typeof paid>[1]) =>
  toOrderView(order, { payment: paid(order.orderNo, more) }, NOW_MS)

describe('an order as the page shows it', () => {
  it('shows list price, rule and amount, class and masked name (R4)', () => {
    expect(view({})).toMatchObject({
      state: 'paid',
      list: '¥15.00',
      rule: { name: { 'zh-CN': '学生优惠' }, change: '-¥1.50' },
      charged: '¥13.50',
      payer: { class: 'student', maskedName: '林*夏' },
      mayReverse: true,
      refund: { refundNo: `${order.orderNo}-r0`, most: '13.50' },
    })
    const name = { 'zh-CN': '校外加价', en: 'External surcharge' }
    expect(view({ rule: { name, changeFen: 225 } }).rule?.change).toBe('+¥2.25')
  })

  it.each(['PROCESSING', 'UNKNOWN', 'REVERSING'] as const)(
    'calls %s open, never failed (R33)',
    (status) => {
      expect(view({ status, channel: null, settledAt: null })).toMatchObject({
        state: 'open',
        reversing: status === 'REVERSING',
        password: null,
        refund: null,
      })
    },
  )

  it.each([
    [45_000, 45],
    [36_600, 37],
    [1, 1],
    [0, 0],
    [-1_000, 0],
  ])('says %i ms before the end how long the payer has for the password (R23)', (leftMs, left) => {
    const nowMs = Date.parse('2026-09-01T04:03:50.000Z')
    const confirmBy = new Date(nowMs + leftMs).toISOString()
    const more = { status: 'AWAITING_PASSWORD', channel: null, settledAt: null } as const
    const payment = paid(order.orderNo, { ...more, confirmBy })
    expect(toOrderView(order, { payment }, nowMs)).toMatchObject({
      state: 'open',
      password: { secondsLeft: left },
      mayReverse: true,
      refund: null,
    })
  })

  it('says that WeChat asks its payer for the password, and for how long (R27)', () => {
    const nowMs = Date.parse('2026-09-01T04:03:50.000Z')
    const confirmBy = new Date(nowMs + 30_000).toISOString()
    const more = { status: 'PROCESSING', means: 'wechat', channel: null, settledAt: null } as const
    const waiting = paid(order.orderNo, { ...more, confirmBy })
    expect(toOrderView(order, { payment: waiting }, nowMs)).toMatchObject({
      state: 'open',
      password: { secondsLeft: 30, by: 'wechat' },
    })
    const unknown = paid(order.orderNo, { ...more, status: 'UNKNOWN', confirmBy })
    const view = (atMs: number) => toOrderView(order, { payment: unknown }, atMs)
    expect(view(nowMs)).toMatchObject({ password: { secondsLeft: 30, by: 'wechat' } })
    expect(view(nowMs + 30_000).password).toBe(null)
    const asked = paid(order.orderNo, { ...more, confirmBy: null })
    expect(toOrderView(order, { payment: asked }, nowMs).password).toBe(null)
  })

  it('is open while nothing has been heard', () => {
    expect(toOrderView(order, {}, NOW_MS)).toMatchObject({
      state: 'open',
      list: '¥15.00',
      charged: null,
    })
  })

  it('names the next refund by what was refunded before, and offers no more than is left', () => {
    expect(view({ refundedFen: 500 })).toMatchObject({
      refunded: '¥5.00',
      mayReverse: false,
      refund: { refundNo: `${order.orderNo}-r500`, most: '8.50' },
    })
    expect(view({ refundedFen: 1350 }).refund).toBeNull()
  })

  it('offers nothing to undo where nothing moved', () => {
    for (const status of ['REFUSED', 'REVERSED'] as const) {
      expect(view({ status })).toMatchObject({ mayReverse: false, refund: null })
    }
  })
})
