import { describe, expect, it } from 'vitest'
import { createCoreClock } from './core-clock.ts'

/** A core that is ahead by so much, and how long its answer took to be made and to come back. */
function ask(aheadMs: number, { heldMs = 0, wayMs = 10 }: { heldMs?: number; wayMs?: number }) {
  const sentAtMs = 1_000_000
  const serverMs = sentAtMs + wayMs + heldMs + aheadMs
  return { serverMs, sentAtMs, receivedAtMs: sentAtMs + heldMs + 2 * wayMs }
}

describe('what is known of the core’s clock', () => {
  it('is the middle of the way there and back', () => {
    const clock = createCoreClock(() => 5_000)
    clock.learn(ask(30_000, { wayMs: 40 }))
    expect([clock.offsetMs, clock.now()]).toEqual([30_000, 35_000])
  })

  it('is not moved by answers that the core held back until there was news', () => {
    const clock = createCoreClock()
    clock.learn(ask(30_000, {}))
    for (const heldMs of [25_000, 400, 60_000]) clock.learn(ask(30_000, { heldMs }))
    expect(clock.offsetMs).toBe(30_000)
  })

  it('is corrected by such an answer when that proves it wrong', () => {
    const clock = createCoreClock()
    clock.learn(ask(0, {}))
    clock.learn(ask(60_000, { heldMs: 25_000 }))
    expect(Math.abs(clock.offsetMs - 60_000)).toBeLessThanOrEqual(20)
  })

  it('gets exact again with the next that comes at once', () => {
    const clock = createCoreClock()
    clock.learn(ask(0, {}))
    clock.learn(ask(-60_000, { heldMs: 25_000 }))
    expect(clock.offsetMs).toBeLessThan(-34_000)
    clock.learn(ask(-60_000, { wayMs: 300 }))
    expect(clock.offsetMs).toBe(-60_000)
  })
})
