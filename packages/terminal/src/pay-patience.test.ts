import { describe, expect, it } from 'vitest'
import { createPayPatience, type PayWaits } from './pay-patience.ts'

/** Of an order that the core created by a clock that has nothing to do with ours. */
function orderOf(waitSeconds: number | undefined) {
  const createdAt = '2019-02-03T04:05:06.000Z'
  const confirmBy =
    waitSeconds === undefined
      ? null
      : new Date(Date.parse(createdAt) + waitSeconds * 1000).toISOString()
  return { status: 'AWAITING_PASSWORD' as const, means: 'code' as const, createdAt, confirmBy }
}

/** Whole seconds that patience lasts for once the order awaits the password. */
function waitedFor(waitSeconds: number | undefined, waits: PayWaits = {}): number {
  const patience = createPayPatience({ patienceMs: 1_000, ...waits })
  patience.hear(orderOf(waitSeconds))
  const seconds = Array.from({ length: 200 }, (_, second) => second)
  return seconds.filter((second) => patience.lastsFor((second + 0.5) * 1000)).length
}

describe('the wait for the password (R23)', () => {
  it.each([
    [10, 25],
    [45, 60],
    [120, 135],
  ])('of %i seconds is waited out, with a margin', (waitSeconds, seconds) => {
    expect(waitedFor(waitSeconds)).toBe(seconds)
  })

  it('is the usual one where the order does not say', () => {
    expect(waitedFor(undefined)).toBe(60)
  })

  it('is the till’s own where it has one', () => {
    expect(waitedFor(120, { passwordWaitMs: 20_000 })).toBe(20)
  })

  it('is the same for WeChat’s own password, which leaves the order PROCESSING (R27)', () => {
    const patience = createPayPatience({ patienceMs: 1_000 })
    patience.hear({ ...orderOf(45), status: 'PROCESSING', means: 'wechat' })
    expect(patience.lastsFor(59_000)).toBe(true)
    // One question of the core's went unanswered; the payer is typing all the same.
    patience.hear({ ...orderOf(45), status: 'UNKNOWN', means: 'wechat' })
    expect(patience.lastsFor(58_000)).toBe(true)
    patience.hear({ ...orderOf(undefined), status: 'UNKNOWN', means: 'wechat' })
    expect(patience.lastsFor(1_100)).toBe(false)
  })

  it('is begun once, however often the order is seen', () => {
    const patience = createPayPatience({ patienceMs: 1_000 })
    patience.hear(orderOf(10))
    patience.hear(orderOf(120))
    expect(patience.lastsFor(26_000)).toBe(false)
  })
})
