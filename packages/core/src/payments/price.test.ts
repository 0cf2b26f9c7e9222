import { expect, test } from 'vitest'
import { priceFor } from './price.ts'

const discount = {
  class: 'student' as const,
  permille: 900,
  name: { 'zh-CN': '学生优惠', en: 'Student price' },
}
const surcharge = {
  class: 'external' as const,
  permille: 1150,
  name: { 'zh-CN': '校外加价', en: 'External price' },
}

test('R4: a rule changes the price of its class only', () => {
  expect(priceFor(1500, 'student', [surcharge, discount])).toEqual({
    amountFen: 1350,
    rule: { name: discount.name, changeFen: -150 },
  })
  expect(priceFor(1500, 'external', [surcharge, discount]).amountFen).toBe(1725)
  expect(priceFor(1500, 'teacher', [surcharge, discount])).toEqual({ amountFen: 1500, rule: null })
})

test.each([
  [1, 1], // 0.9 fen
  [5, 5], // 4.5 rounds up
  [4, 4], // 3.6
  [10_000_000, 9_000_000],
])('R4: %i fen less ten per cent is %i fen', (listFen, amountFen) => {
  expect(priceFor(listFen, 'student', [discount]).amountFen).toBe(amountFen)
})

test('R4: no rule makes a payment of nothing', () => {
  expect(priceFor(1, 'student', [{ ...discount, permille: 0 }]).amountFen).toBe(1)
})
