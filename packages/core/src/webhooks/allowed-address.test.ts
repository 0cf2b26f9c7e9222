import { describe, expect, it } from 'vitest'
import {
  AddressRefused,
  isAllowedAddress,
  parseNetworks,
  refuseLiteral,
} from './allowed-address.ts'

const demo = parseNetworks('127.0.0.0/8')

describe('isAllowedAddress', () => {
  it('takes public addresses over TLS alone', () => {
    for (const address of ['8.8.8.8', '2606:4700::1111']) {
      expect(isAllowedAddress(address, true, [])).toBe(true)
      expect(isAllowedAddress(address, false, [])).toBe(false)
    }
  })

  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '198.18.0.1',
    '::',
    '::1',
    'fe80::1',
    'fc00::1',
    'ff02::1',
    '::ffff:10.1.2.3',
    '::ffff:7f00:1',
    '64:ff9b::a01:203',
    '::a01:203',
    '4000::1',
    '2002:a01:203::1',
  ])('refuses %s, which is not public', (address) => {
    expect(isAllowedAddress(address, true, [])).toBe(false)
  })

  it('takes what is in an allowed network, without TLS too, however it is written', () => {
    expect(isAllowedAddress('127.0.0.1', false, demo)).toBe(true)
    expect(isAllowedAddress('::ffff:127.0.0.1', false, demo)).toBe(true)
    expect(isAllowedAddress('10.1.2.3', true, demo)).toBe(false)
  })
})

it('judges a literal address before anything is looked up, in each of its spellings', () => {
  // The URL parser turns all of these into 127.0.0.1 or ::1.
  for (const host of ['127.0.0.1', '127.1', '0x7f.1', '2130706433', '[::1]', '0177.0.0.1']) {
    expect(() => refuseLiteral(new URL(`https://${host}/`), [])).toThrow(AddressRefused)
  }
  expect(() => refuseLiteral(new URL('http://127.0.0.1/'), demo)).not.toThrow()
  expect(() => refuseLiteral(new URL('http://8.8.8.8/'), demo)).toThrow(AddressRefused)
  expect(() => refuseLiteral(new URL('https://shop.example/'), [])).not.toThrow()
})
