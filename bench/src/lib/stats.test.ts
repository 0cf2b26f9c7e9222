import { expect, it } from 'vitest'
import { median, quantile } from './stats.ts'

it('takes the nearest rank, whatever the order', () => {
  expect(median([5, 1, 3])).toBe(3)
  expect(quantile([4, 2, 1, 3], 0.99)).toBe(4)
  expect(quantile([4, 2, 1, 3], 0.25)).toBe(1)
})

it('has no quantile of nothing', () => {
  expect(() => median([])).toThrow(RangeError)
})
