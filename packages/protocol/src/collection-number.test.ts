import { expect, it } from 'vitest'
import { COLLECTION_DIGITS, collectionCheckDigit, isCollectionNo } from './collection-number.ts'

const number = `123456789${collectionCheckDigit('123456789')}`

it('computes the example of ISO/IEC 7064 for MOD 11,10', () => {
  expect(collectionCheckDigit('0794')).toBe('5')
})

it('takes ten digits of which the last one is right', () => {
  expect(number).toHaveLength(COLLECTION_DIGITS)
  expect(isCollectionNo(number)).toBe(true)
  for (const text of [number.slice(1), `${number}0`, `${number}\n`, number.replace('1', '１')]) {
    expect(isCollectionNo(text)).toBe(false)
  }
})

it('finds every slip of one digit (R25)', () => {
  for (let at = 0; at < number.length; at++) {
    for (const digit of '0123456789') {
      const slip = number.slice(0, at) + digit + number.slice(at + 1)
      expect(isCollectionNo(slip)).toBe(slip === number)
    }
  }
})
