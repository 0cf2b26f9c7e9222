import { parseYuan } from '@campus-ecode/protocol/money'
import { describe, expect, it } from 'vitest'
import { isTypedAmount, pressKey, readTyped, showTyped } from './amount-keys.ts'

describe('the keypad', () => {
  it.each([
    ['1 5', '15', '¥15.00'],
    ['1 2 . 5', '12.5', '¥12.50'],
    ['. 5', '.5', '¥0.50'],
    ['0 5', '5', '¥5.00'],
    ['00', '0', '¥0.00'],
    ['1 00', '100', '¥100.00'],
    ['1 . . 2', '1.2', '¥1.20'],
    ['1 . 2 3 4', '1.23', '¥1.23'],
    ['9 9 9 9 9 9', '99999', '¥99999.00'],
    ['1 2 back', '1', '¥1.00'],
    ['1 2 clear', '', '¥0.00'],
    ['back', '', '¥0.00'],
  ])('makes of %s the amount %s', (keys, typed, shown) => {
    const result = keys.split(' ').reduce(pressKey, '')
    expect(result).toBe(typed)
    expect(showTyped(result)).toBe(shown)
  })

  it('hands over only what the server reads as an amount', () => {
    for (const typed of ['15', '12.', '.5', '0.05', '99999.99']) {
      expect(parseYuan(readTyped(typed) ?? '')).toBeGreaterThan(0)
    }
    for (const typed of ['', '0', '.', '0.0', '0.00']) expect(readTyped(typed)).toBeUndefined()
  })

  it('never takes a code for an amount', () => {
    expect(isTypedAmount('12.5')).toBe(true)
    for (const code of [
      '',
      '711001120143221573602495',
      '130123456789012345',
      '251234567890123456',
    ]) {
      expect(isTypedAmount(code)).toBe(false)
    }
  })
})
