import { describe, expect, it } from 'vitest'
import { type AmountKey, keyOf, pressKey, typedFen, typeFen } from './amount-entry.ts'

const type = (...keys: AmountKey[]) => keys.reduce(pressKey, '')

describe('the amount keypad', () => {
  it('types yuan with at most two decimals', () => {
    expect(type('1', '2', '.', '5', '0', '7')).toBe('12.50')
    expect(typedFen('12.50')).toBe(1_250)
  })

  it('takes one point, and puts a zero before a leading one', () => {
    expect(type('.', '.', '5')).toBe('0.5')
    expect(type('1', '.', '.', '5', '.')).toBe('1.5')
  })

  it('has no leading zeros', () => {
    expect(type('0', '0', '7')).toBe('7')
    expect(type('0', '.', '0', '1')).toBe('0.01')
  })

  it('goes no higher than one operation may name', () => {
    expect(type('1', '0', '0', '0', '0', '0')).toBe('100000')
    expect(type('1', '0', '0', '0', '0', '1')).toBe('10000')
    expect(type('9', '9', '9', '9', '9', '9')).toBe('99999')
  })

  it('deletes the last figure, down to nothing', () => {
    expect(type('1', '.', 'back', '2')).toBe('12')
    expect(type('back', '3', 'back', 'back')).toBe('')
  })

  it('counts what is typed half as it stands', () => {
    expect([typedFen(''), typedFen('5.'), typedFen('5.1')]).toEqual([0, 500, 510])
  })

  it('writes an amount as one would type it', () => {
    expect([typeFen(5_000), typeFen(12_840), typeFen(1_205), typeFen(1)]).toEqual([
      '50',
      '128.4',
      '12.05',
      '0.01',
    ])
  })

  it('knows the keys of a keyboard', () => {
    expect(['7', '.', 'Backspace', 'a', 'Enter'].map(keyOf)).toEqual([
      '7',
      '.',
      'back',
      undefined,
      undefined,
    ])
  })
})
