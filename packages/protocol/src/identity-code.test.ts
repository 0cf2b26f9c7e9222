import { describe, expect, it } from 'vitest'
import { formatIdentityCode, parseIdentityCode } from './identity-code.ts'
import { parsePaymentCode } from './payment-code.ts'

describe('identity code', () => {
  const code = { school: '0007', random: '00143221573602495' }

  it('is written and read back, leading zeros kept', () => {
    const text = formatIdentityCode(code)
    expect(text).toBe('720007100143221573602495')
    expect(parseIdentityCode(text)).toEqual(code)
  })

  it('is never a payment code (R5)', () => {
    expect(parsePaymentCode(formatIdentityCode(code))).toBeUndefined()
  })

  it.each([
    ['a short school', { ...code, school: '007' }],
    ['a school that lends a digit', { school: '10071', random: '0143221573602495' }],
    ['16 random digits', { ...code, random: '0143221573602495' }],
    ['a letter', { ...code, random: '0014322157360249x' }],
  ])('faults on %s', (_, wrong) => {
    expect(() => formatIdentityCode(wrong)).toThrow(RangeError)
  })
})
