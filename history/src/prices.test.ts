import { describe, expect, it } from 'vitest'
import { chargedFen } from './prices.ts'

const rule = (permille: number) => [
  { class: 'student' as const, permille, name: { 'zh-CN': '', en: '' } },
]

describe('a price (R4)', () => {
  it.each([
    [1_000, 900, 900],
    [1_005, 900, 905],
    [1_004, 900, 904],
    [99, 1_150, 114],
    [1, 400, 1],
    [100, 0, 1],
    [10_000_000, 3_000, 30_000_000],
  ])('of %i fen at %i permille is %i, half up and at least one', (list, permille, charged) => {
    expect(chargedFen(list, 'student', rule(permille))).toBe(charged)
  })

  it('is the list price for other classes', () => {
    expect(chargedFen(1_000, 'teacher', rule(900))).toBe(1_000)
  })
})
