import { expect, test } from 'vitest'
import { priceByRule } from './price.ts'

test('what is shown is what the core will take: rounded half up, and never less than a fen (R4)', () => {
  const listed: [number, number, number][] = [
    [1_500, 900, 1_350],
    [5, 900, 5],
    [4, 900, 4],
    [15, 850, 13],
    [1, 400, 1],
  ]
  for (const [listFen, permille, amountFen] of listed) {
    expect(priceByRule(listFen, permille)).toBe(amountFen)
  }
})
