import { expect, it } from 'vitest'
import { caretAfter, groupFours, onlyDigits } from './group-digits.ts'

it('groups a card number in fours, whatever was pasted', () => {
  expect(groupFours('6217-0000 1234 1234 567')).toBe('6217 0000 1234 1234 567')
  expect(groupFours('62170')).toBe('6217 0')
  expect(groupFours('6217')).toBe('6217')
  expect(groupFours('1'.repeat(25)).replace(/ /g, '')).toHaveLength(19)
  expect(onlyDigits(groupFours('6217 0000 1234'))).toBe('621700001234')
})

it('keeps the caret behind the digit it was behind', () => {
  expect(caretAfter('6217 0000', 0)).toBe(0)
  expect(caretAfter('6217 0000', 4)).toBe(4)
  expect(caretAfter('6217 0000', 5)).toBe(6)
  expect(caretAfter('6217 0000', 8)).toBe(9)
})
