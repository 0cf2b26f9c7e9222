import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createClock } from './clock.ts'

beforeEach(() => {
  vi.useFakeTimers()
  vi.setSystemTime(1_000_000)
})
afterEach(() => void vi.useRealTimers())

test('a phone that is right is left alone, however slow and coarse the answers are', () => {
  const clock = createClock()
  expect(clock.synced).toBe(false)
  clock.observe(999_000, 999_300, 1_000_000, 1000)
  clock.observe(995_000, 990_000, 1_000_000, 1000)
  expect(clock.offsetMs).toBe(0)
  expect(clock.synced).toBe(true)
})

test('a phone that is slow or fast is moved as little as the answer demands', () => {
  const slow = createClock()
  slow.observe(1_300_000, 999_900, 1_000_000, 1)
  expect(slow.now()).toBe(1_300_000)
  const fast = createClock()
  fast.observe(700_000, 999_900, 1_000_000, 1000)
  expect(fast.offsetMs).toBe(700_000 + 1000 - 999_900)
})

test('a jump is told, a tremor is not', () => {
  const clock = createClock()
  const heard = vi.fn()
  const stop = clock.onShift(heard)
  clock.observe(1_001_000, 999_900, 1_000_000, 1)
  expect(heard).not.toHaveBeenCalled()
  clock.observe(1_100_000, 999_900, 1_000_000, 1)
  expect(heard).toHaveBeenCalledTimes(1)
  stop()
  clock.observe(1_900_000, 999_900, 1_000_000, 1)
  expect(heard).toHaveBeenCalledTimes(1)
})

test('it goes on through sleep, since it follows the wall clock', () => {
  const clock = createClock()
  clock.observe(1_060_000, 1_000_000, 1_000_000, 1)
  vi.setSystemTime(9_000_000)
  expect(clock.now()).toBe(9_060_000)
})

test('stamps that cannot be read, or that a set clock falsified, change nothing', () => {
  const clock = createClock()
  clock.observe(Number.NaN, 1, 2, 1)
  clock.observe(5_000_000, 1_000_000, 900_000, 1)
  expect(clock).toMatchObject({ offsetMs: 0, synced: false })
})

test('an earlier visit’s estimate holds until the server has spoken', () => {
  const clock = createClock()
  clock.assume(-60_000)
  expect(clock.now()).toBe(940_000)
  clock.observe(1_000_000, 1_000_000, 1_000_000, 1)
  clock.assume(-60_000)
  expect(clock.now()).toBe(1_000_000)
})
