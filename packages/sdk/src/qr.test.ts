import { expect, test } from 'vitest'
import { drawQr } from './qr.ts'

test('R19: 24 digits are QR version 1, 21 modules, with its three finders', () => {
  const rows = drawQr('711001143221573602495012')
  expect(rows).toHaveLength(21)
  for (const row of rows) expect(row).toHaveLength(21)
  const finder = (x: number, y: number) =>
    rows.slice(y, y + 7).map((row) =>
      row
        .slice(x, x + 7)
        .map(Number)
        .join(''),
    )
  const drawn = ['1111111', '1000001', '1011101', '1011101', '1011101', '1000001', '1111111']
  expect(finder(0, 0)).toEqual(drawn)
  expect(finder(14, 0)).toEqual(drawn)
  expect(finder(0, 14)).toEqual(drawn)
})

test('digits that do not fit are refused', () => {
  expect(() => drawQr('7'.repeat(60))).toThrow()
})
