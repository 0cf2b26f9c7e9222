import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { beforeAll, describe, expect, it } from 'vitest'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import { CODE128_QUIET_MODULES, encodeCode128C } from './code128.ts'

/** Paints the bars, two pixels a module, and has ZXing read them. */
async function readWithZxing(widths: number[]): Promise<string[]> {
  const scale = 2
  const height = 40
  const modules = [CODE128_QUIET_MODULES, ...widths, CODE128_QUIET_MODULES]
  const row = modules.flatMap((width, i) => Array(width * scale).fill(i % 2 ? 0 : 255))
  const data = new Uint8ClampedArray(row.length * height * 4)
  for (let i = 0; i < data.length / 4; i++) data.set(Array(3).fill(row[i % row.length]), i * 4)
  for (let i = 3; i < data.length; i += 4) data[i] = 255
  const image = { data, width: row.length, height, colorSpace: 'srgb' } as ImageData
  const results = await readBarcodes(image, { formats: ['Code128'] })
  return results.map((result) => result.text)
}

describe('encodeCode128C', () => {
  beforeAll(() => {
    const wasm = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm')
    prepareZXingModule({ overrides: { wasmBinary: readFileSync(wasm).buffer as ArrayBuffer } })
  })

  it('takes 167 modules for 24 digits (R19)', () => {
    const widths = encodeCode128C('711001120143221573602495')
    expect(widths.reduce((sum, width) => sum + width)).toBe(167)
    // Bars at both ends, so that the quiet zones are light.
    expect(widths.length % 2).toBe(1)
  })

  it('is read by ZXing, every pair of digits in every row', async () => {
    const pairs = Array.from({ length: 100 }, (_, i) => String(i).padStart(2, '0'))
    for (let i = 0; i < 100; i += 10) {
      const digits = pairs.slice(i, i + 10).join('') + pairs[99 - i]
      expect(await readWithZxing(encodeCode128C(digits))).toEqual([digits])
    }
  })

  it('is read by ZXing with every check character', async () => {
    const seen = new Set<string>()
    for (let i = 0; seen.size < 103 && i < 5000; i++) {
      const digits = `711001${String(i * 7919).padStart(18, '0')}`
      const widths = encodeCode128C(digits)
      const check = widths.slice(-13, -7).join('')
      if (seen.has(check)) continue
      seen.add(check)
      expect(await readWithZxing(widths)).toEqual([digits])
    }
    expect(seen.size).toBe(103)
  })

  it.each(['', '1', '123', '12a4', '１２', '12\n', '1 23'])('faults on %j', (digits) => {
    expect(() => encodeCode128C(digits)).toThrow(RangeError)
  })
})
