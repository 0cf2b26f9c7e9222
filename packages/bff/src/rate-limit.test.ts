import { expect, it } from 'vitest'
import { createRateLimit } from './rate-limit.ts'

it('lets a burst through, then one at a time, per key', () => {
  let now = 1_000_000
  const limit = createRateLimit({ perSecond: 2, burst: 3, nowMs: () => now })
  expect([limit('a'), limit('a'), limit('a'), limit('a')]).toEqual([0, 0, 0, 1])
  expect(limit('b')).toBe(0)
  now += 500
  expect([limit('a'), limit('a')]).toEqual([0, 1])
  now += 60_000
  expect([limit('a'), limit('a'), limit('a'), limit('a')]).toEqual([0, 0, 0, 1])
})

it('is not refilled by a clock that goes back', () => {
  let now = 1_000_000
  const limit = createRateLimit({ perSecond: 1, burst: 1, nowMs: () => now })
  expect(limit('a')).toBe(0)
  now -= 60_000
  expect(limit('a')).toBe(1)
})
