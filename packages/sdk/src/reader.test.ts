import { create } from 'qrcode'
import { expect, test } from 'vitest'
import { type Pixels, readQr } from './reader.ts'

const link = `https://pay.school.edu/c/1?s=1001&m=019ab000-0000-7000-8000-0000000000c1&t=019ab000-0000-7000-8000-0000000000c2&k=1&g=${'aB3-_'.repeat(17)}x`

test('a collection code is read from pixels: straight, turned, small and dim', () => {
  for (const [angle, share, light] of [
    [0, 0.8, 235],
    [0.2, 0.7, 220],
    [1.4, 0.6, 200],
    [0.5, 0.7, 80],
  ] as const) {
    expect(readQr(photograph(link, angle, share, light)), `${angle} ${share} ${light}`).toBe(link)
  }
})

test('where there is none, none is read', () => {
  const grey = new Uint8ClampedArray(200 * 200 * 4).fill(120)
  expect(readQr({ data: grey, width: 200, height: 200 })).toBeUndefined()
})

/** The code, turned, on a grey table that is lit from one side. */
function photograph(text: string, angle: number, share: number, light: number): Pixels {
  const SIDE = 560
  const { modules } = create(text, { errorCorrectionLevel: 'M' })
  const cells = modules.size + 8
  const data = new Uint8ClampedArray(SIDE * SIDE * 4)
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const [u, v] = [x - SIDE / 2, y - SIDE / 2]
      const scale = cells / (SIDE * share)
      const column = Math.floor((Math.cos(angle) * u + Math.sin(angle) * v) * scale + cells / 2) - 4
      const row = Math.floor((Math.cos(angle) * v - Math.sin(angle) * u) * scale + cells / 2) - 4
      const inside = Math.min(column, row) >= -4 && Math.max(column, row) < modules.size + 4
      const onCode = Math.min(column, row) >= 0 && Math.max(column, row) < modules.size
      const dark = onCode && modules.get(row, column)
      const tone = (inside ? (dark ? 0.15 : 1) : 0.5) * light * (0.75 + (0.25 * x) / SIDE)
      data.set([tone, tone, tone, 255], (y * SIDE + x) * 4)
    }
  }
  return { data, width: SIDE, height: SIDE }
}
