import { describe, expect, it } from 'vitest'
import { AMOUNT_FEN_MAX, formatYuan, isAmountFen, parseYuan } from './money.ts'

describe('formatYuan', () => {
  it.each([
    [0, '¥0.00'],
    [1, '¥0.01'],
    [10, '¥0.10'],
    [99, '¥0.99'],
    [100, '¥1.00'],
    [1250, '¥12.50'],
    [123_450, '¥1234.50'],
    [AMOUNT_FEN_MAX, '¥100000.00'],
    [-1, '-¥0.01'],
    [-1250, '-¥12.50'],
    [Number.MAX_SAFE_INTEGER, '¥90071992547409.91'],
  ])('writes %i fen as %s', (fen, text) => {
    expect(formatYuan(fen)).toBe(text)
  })

  it('writes no minus before zero', () => {
    expect(formatYuan(-0)).toBe('¥0.00')
  })

  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('faults on %d', (fen) => {
    expect(() => formatYuan(fen)).toThrow(RangeError)
  })
})

describe('parseYuan', () => {
  it.each([
    ['0', 0],
    ['0.00', 0],
    ['0.01', 1],
    ['0.1', 10],
    ['12', 1200],
    ['12.5', 1250],
    ['12.50', 1250],
    // 1.15 * 100 and 4.35 * 100 are not whole in floating point.
    ['1.15', 115],
    ['4.35', 435],
    ['99999.99', 9_999_999],
    ['100000.00', AMOUNT_FEN_MAX],
  ])('reads %s as %i fen', (text, fen) => {
    expect(parseYuan(text)).toBe(fen)
  })

  it.each([
    '',
    '.',
    '.5',
    '12.',
    '12.505',
    '12.50.1',
    '012',
    '00',
    '-1',
    '+1',
    '¥12.50',
    '1,234.50',
    '12,50',
    ' 12',
    '12 ',
    '12\n',
    '1e3',
    '0x10',
    'NaN',
    'Infinity',
    '１２',
    '١٢',
    '100000.01',
    '1000000',
    '9'.repeat(400),
  ])('refuses %j', (text) => {
    expect(parseYuan(text)).toBeUndefined()
  })

  it('reads back every amount that formatYuan writes, without the sign', () => {
    for (let fen = 0; fen <= 20_000; fen++) expect(parseYuan(formatYuan(fen).slice(1))).toBe(fen)
  })
})

describe('isAmountFen', () => {
  it.each([1, 1250, AMOUNT_FEN_MAX])('accepts %i', (fen) => {
    expect(isAmountFen(fen)).toBe(true)
  })

  it.each([0, -1, 0.5, AMOUNT_FEN_MAX + 1, Number.NaN, '1250', 1250n, null, undefined])(
    'refuses %s',
    (value) => {
      expect(isAmountFen(value)).toBe(false)
    },
  )
})
