import { expect, it } from 'vitest'
import { shiftDate } from './shift-date.ts'

const HOUR_MS = 3_600_000
let aheadMs = HOUR_MS
const Shifted = shiftDate(Date, () => aheadMs)

const near = (ms: number) => ({ asymmetricMatch: (other: number) => Math.abs(other - ms) < 5_000 })

it('tells the shifted time, as often as the shift changes', () => {
  for (aheadMs of [HOUR_MS, -HOUR_MS, 0]) {
    const expected = near(Date.now() + aheadMs)
    expect(Shifted.now()).toEqual(expected)
    expect(new Shifted().getTime()).toEqual(expected)
    expect(Date.parse(Shifted())).toEqual(expected)
  }
})

it('leaves times alone that are given', () => {
  aheadMs = HOUR_MS
  expect(new Shifted(5).getTime()).toBe(5)
  expect(new Shifted(2026, 0, 1).getTime()).toBe(new Date(2026, 0, 1).getTime())
  expect(Shifted.parse('2026-01-01T00:00:00Z')).toBe(Date.parse('2026-01-01T00:00:00Z'))
  expect(Shifted.UTC(2026, 0)).toBe(Date.UTC(2026, 0))
})

it('makes dates that are dates', () => {
  expect(new Shifted()).toBeInstanceOf(Date)
  expect(new Date()).toBeInstanceOf(Shifted)
})
