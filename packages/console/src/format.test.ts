import { describe, expect, it } from 'vitest'
import { at, fromField, newId, parseYuan, toField, yuan } from './format.ts'

describe('amounts', () => {
  it.each([
    [0, '¥0.00'],
    [5, '¥0.05'],
    [1_250, '¥12.50'],
    [123_456_789, '¥1,234,567.89'],
    [-90, '−¥0.90'],
  ])('%i fen is %s', (fen, text) => expect(yuan(fen)).toBe(text))

  it.each([
    ['12.5', 1_250],
    [' ¥12.50 ', 1_250],
    ['￥3', 300],
    ['0.01', 1],
    ['3。5', 350],
  ])('%s is an amount', (text, fen) => expect(parseYuan(text)).toBe(fen))

  it.each(['', '0', '0.00', '-1', '1.234', '1e3', '12,5', '99999999', 'abc'])(
    '%s is none',
    (text) => expect(parseYuan(text)).toBeUndefined(),
  )
})

describe('times', () => {
  it('are Shanghai’s wherever the computer is', () => {
    expect(at('2026-09-01T03:45:03.000Z')).toBe('2026-09-01 11:45:03')
    expect(fromField('2026-09-01T11:45')).toBe('2026-09-01T03:45:00.000Z')
    expect(toField(Date.parse('2026-09-01T03:45:03.000Z'))).toBe('2026-09-01T11:45')
  })
})

it('makes ids that begin with their time and are never the same (RFC 9562 §5.7)', () => {
  const ids = Array.from({ length: 100 }, newId)
  expect(new Set(ids).size).toBe(100)
  const time = Number.parseInt((ids[0] ?? '').replaceAll('-', '').slice(0, 12), 16)
  expect(Math.abs(Date.now() - time)).toBeLessThan(60_000)
  for (const id of ids)
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
})
