import { describe, expect, it } from 'vitest'
import { DEVICE_INDEX_MAX, decryptAlias, deriveEpochKey, encryptAlias } from './alias.ts'

const epochKey = Uint8Array.from({ length: 32 }, (_, i) => i)

describe('alias', () => {
  it('is one to one: many indices, as many aliases, each read back', () => {
    const indices = [0, DEVICE_INDEX_MAX, ...Array.from({ length: 500 }, (_, i) => i * 19_997 + 1)]
    const aliases = indices.map((index) => encryptAlias(epochKey, '1001', 7, index))
    expect(new Set(aliases).size).toBe(indices.length)
    for (const alias of aliases) expect(alias).toMatch(/^\d{7}$/)
    expect(aliases.map((alias) => decryptAlias(epochKey, '1001', 7, alias))).toEqual(indices)
  })

  it('differs by school, by epoch and by key', () => {
    const other = Uint8Array.from(epochKey).fill(9, 31)
    const aliases = [
      encryptAlias(epochKey, '1001', 7, 42),
      encryptAlias(epochKey, '1002', 7, 42),
      encryptAlias(epochKey, '1001', 8, 42),
      encryptAlias(other, '1001', 7, 42),
    ]
    expect(new Set(aliases).size).toBe(4)
  })

  it.each([-1, 0.5, DEVICE_INDEX_MAX + 1, Number.NaN])('faults on index %d', (index) => {
    expect(() => encryptAlias(epochKey, '1001', 7, index)).toThrow(RangeError)
  })

  it.each(['123456', '12345678', '123456x', '１２３４５６７', '1234567\n'])(
    'faults on alias %j, which no parsed code can hold',
    (alias) => {
      expect(() => decryptAlias(epochKey, '1001', 7, alias)).toThrow(RangeError)
    },
  )

  it('faults on a school that is not four digits', () => {
    expect(() => encryptAlias(epochKey, '101', 7, 42)).toThrow(RangeError)
  })

  it.each([-1, 1.5, 2 ** 32])('faults on epoch %d, in alias and key', (epoch) => {
    expect(() => encryptAlias(epochKey, '1001', epoch, 42)).toThrow(RangeError)
    expect(() => deriveEpochKey(epochKey, epoch)).toThrow(RangeError)
  })

  it('faults on keys that are not 256 bits', () => {
    expect(() => encryptAlias(epochKey.subarray(0, 16), '1001', 7, 42)).toThrow(RangeError)
    expect(() => deriveEpochKey(epochKey.subarray(0, 16), 7)).toThrow(RangeError)
  })
})
