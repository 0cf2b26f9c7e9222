import { expect, it } from 'vitest'
import { adviseLimits, limitStops, nearestStop } from './limits-advice.ts'

const CEILING = 500_000

it.each([
  [undefined, 100_000, 'wrong', 'limitInvalid'],
  [0, 100_000, 'wrong', 'limitInvalid'],
  [20_000, undefined, 'wrong', 'limitInvalid'],
  [20_000, CEILING + 1, 'wrong', 'limitAboveCeiling'],
  [CEILING + 1, CEILING, 'wrong', 'limitAboveCeiling'],
  [20_001, 20_000, 'wrong', 'limitAboveDaily'],
  [2_999, 100_000, 'mind', 'adviceSingleLow'],
  [3_000, 5_999, 'mind', 'adviceDailyLow'],
  [100_001, 200_000, 'mind', 'adviceSingleHigh'],
  [100_000, 200_001, 'mind', 'adviceDailyHigh'],
] as const)('%s a payment, %s a day: %s, %s (R15)', (single, daily, kind, text) => {
  expect(adviseLimits(single, daily, CEILING)).toMatchObject({ kind, text })
})

it('leaves sensible limits alone, also at the edges', () => {
  expect(adviseLimits(3_000, 6_000, CEILING)).toEqual({ kind: 'fine' })
  expect(adviseLimits(100_000, 200_000, CEILING)).toEqual({ kind: 'fine' })
})

it('stops the slider at the ceiling, whatever it is', () => {
  expect(limitStops(100_000).at(-1)).toBe(100_000)
  expect(limitStops(123_456).slice(-2)).toEqual([100_000, 123_456])
  expect(limitStops(500)).toEqual([500])
})

it('puts the slider at the nearest stop to what was typed', () => {
  const stops = limitStops(CEILING)
  expect(stops[nearestStop(stops, 21_000)]).toBe(20_000)
  expect(stops[nearestStop(stops, 0)]).toBe(1_000)
  expect(stops[nearestStop(stops, 9_999_999)]).toBe(CEILING)
})
