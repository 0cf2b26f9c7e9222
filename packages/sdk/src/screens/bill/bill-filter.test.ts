import { expect, test } from 'vitest'
import { isNarrow, isSameFilter, makeFilter, toSearch } from './bill-filter.ts'

test('what is typed is sent as the core takes it, or not at all (R17)', () => {
  expect(toSearch('  食堂 ')).toBe('食堂')
  expect(toSearch('   ')).toBeUndefined()
  const long = toSearch(`${'a'.repeat(39)} ${'b'.repeat(9)}`)
  expect(long).toBe('a'.repeat(39))
})

test('a filter holds only what narrows', () => {
  expect(makeFilter({ kind: undefined, channel: undefined, search: undefined })).toEqual({})
  expect(makeFilter({ kind: 'refund', channel: undefined, search: 'x' })).toEqual({
    kind: 'refund',
    search: 'x',
  })
  expect(isNarrow({})).toBe(false)
  expect(isNarrow({ search: 'x' })).toBe(true)
})

test('two filters are the same if they list the same', () => {
  expect(isSameFilter({}, makeFilter({ kind: undefined, channel: undefined, search: '' }))).toBe(
    true,
  )
  expect(isSameFilter({ kind: 'refund' }, { kind: 'payment' })).toBe(false)
  expect(isSameFilter({ channel: 'wallet' }, { channel: 'wallet', search: 'x' })).toBe(false)
})
