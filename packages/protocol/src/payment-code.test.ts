import { describe, expect, it } from 'vitest'
import {
  type DeviceMode,
  deviceMode,
  formatDeviceCode,
  formatIssuedCode,
  issuedMode,
  parsePaymentCode,
} from './payment-code.ts'

// What is read and refused is in ../vectors/codes.json; see code-vectors.test.ts.

describe('deviceMode', () => {
  it.each([
    ['one_card', false, 1],
    ['wallet', false, 2],
    ['one_card', true, 3],
    ['wallet', true, 4],
  ] as const)('of %s, revealed %s, is %i and is read back so (R7)', (account, revealed, mode) => {
    expect(deviceMode(account, revealed)).toBe(mode)
    const code = formatDeviceCode({
      school: '1001',
      mode,
      alias: '0000042',
      oneTimePart: '0000000001',
    })
    expect(parsePaymentCode(code)).toMatchObject({ madeBy: 'device', mode, account, revealed })
  })
})

describe('issuedMode', () => {
  it.each([
    ['one_card', 6],
    ['wallet', 7],
  ] as const)('of %s is %i and is read back so (R7)', (account, mode) => {
    expect(issuedMode(account)).toBe(mode)
    const code = formatIssuedCode({ school: '1001', mode, random: '0'.repeat(17) })
    expect(parsePaymentCode(code)).toMatchObject({ madeBy: 'core', mode, account })
  })
})

describe('writing a payment code', () => {
  const device = {
    school: '1001',
    mode: 1,
    alias: '2014322',
    oneTimePart: '1573602495',
  } as const

  it.each([
    ['a short school', { school: '101' }],
    ['parts of wrong lengths that add up', { school: '10012', alias: '014322' }],
    ['an alias that lends a digit', { alias: '20143221', oneTimePart: '573602495' }],
    ['a letter', { alias: '201432x' }],
    ['a full-width digit', { school: '100１' }],
    ['a reserved mode', { mode: 5 as DeviceMode }],
    ['an issued mode', { mode: 6 as DeviceMode }],
  ])('faults on %s, without naming it', (_, part) => {
    expect(() => formatDeviceCode({ ...device, ...part })).toThrow(
      new RangeError('malformed part of a payment code'),
    )
  })

  it('faults on issued digits that are not 17', () => {
    const issued = { school: '1001', mode: 6 } as const
    expect(() => formatIssuedCode({ ...issued, random: '1'.repeat(16) })).toThrow(RangeError)
    expect(() => formatIssuedCode({ ...issued, random: '1'.repeat(18) })).toThrow(RangeError)
    expect(() => formatIssuedCode({ ...issued, school: '101', random: '1'.repeat(18) })).toThrow(
      RangeError,
    )
  })
})
