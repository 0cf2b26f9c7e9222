import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { scanGrayBuffer } from '@undecaf/zbar-wasm'
import { beforeAll, describe, expect, it } from 'vitest'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import { drawQr } from '../../qr.ts'
import {
  BARCODE_MODULES,
  barcodeCells,
  type Cell,
  modulePixels,
  QR_MODULES,
  QR_QUIET_MODULES,
  qrCells,
  snapOffset,
} from './code-drawing.ts'

const codes = [
  '711001120143221573602495',
  '711001187384651688819778',
  '710000000000000000000000',
  '719999999999999999999999',
]

beforeAll(() => {
  const wasm = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm')
  prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(readFileSync(wasm)).buffer } })
})

describe('a drawn code', () => {
  it.each(codes)('of %s is read back by two readers, as QR and as bars (R19)', async (digits) => {
    for (const [cells, columns, rows, format] of [
      [qrCells(drawQr(digits)), QR_MODULES, QR_MODULES, 'QR'],
      [barcodeCells(digits), BARCODE_MODULES, 1, '128'],
    ] as const) {
      const image = paint(cells, columns, rows)
      const zxing = await readBarcodes(image, { formats: ['QRCode', 'Code128'] })
      expect(zxing.map((found) => found.text)).toEqual([digits])
      const gray = image.data.filter((_, index) => index % 4 === 0)
      const zbar = await scanGrayBuffer(new Uint8Array(gray).buffer, image.width, image.height)
      expect(zbar.map((found) => found.decode())).toEqual([digits])
      expect(zbar[0]?.typeName).toContain(format)
    }
  })

  it('is a version 1 QR at level Q, whose quiet zone of four modules stays white', async () => {
    const cells = qrCells(drawQr(codes[0] ?? ''))
    const edge = QR_MODULES - QR_QUIET_MODULES
    expect(cells.every(([x, y]) => Math.min(x, y) >= QR_QUIET_MODULES)).toBe(true)
    expect(cells.every(([x, y]) => Math.max(x, y) < edge)).toBe(true)
    const [found] = await readBarcodes(paint(cells, QR_MODULES, QR_MODULES))
    expect(found?.version).toBe('1')
    expect(found?.ecLevel).toBe('Q')
  })

  it('is 167 modules of bars between two quiet zones of ten', () => {
    const cells = barcodeCells(codes[0] ?? '')
    const last = cells[cells.length - 1]
    expect(cells[0]?.[0]).toBe(10)
    expect(last && last[0] + last[2]).toBe(BARCODE_MODULES - 10)
    expect(BARCODE_MODULES).toBe(187)
  })
})

describe('device pixels', () => {
  it.each([
    [296, 187, 2, 3],
    [351, 187, 3, 5],
    [406, 187, 2.625, 5],
    [280.5, 187, 2, 3],
    [187, 187, 1, 1],
    [300, 29, 2, 20],
  ])('%d px of room, %d modules at %d× make %d each', (box, modules, dpr, px) => {
    expect(modulePixels(box, modules, dpr)).toBe(px)
    expect((px * modules) / dpr).toBeLessThanOrEqual(box)
  })

  it('are never less than one, so that a code too large is cut rather than lost', () => {
    expect(modulePixels(0, 187, 1)).toBe(1)
  })

  it('begin at an edge of the screen’s own grid', () => {
    for (const dpr of [1, 1.5, 2, 2.625, 3]) {
      for (const edge of [0, 7.75, 19.33, 100.2]) {
        const device = (edge + snapOffset(edge, dpr)) * dpr
        expect(Math.abs(device - Math.round(device))).toBeLessThan(1e-9)
        expect(Math.abs(snapOffset(edge, dpr))).toBeLessThanOrEqual(0.5 / dpr + 1e-9)
      }
    }
  })
})

/** Cells as a picture, four pixels to a module; bars sixty high. */
function paint(cells: readonly Cell[], columns: number, rows: number) {
  const px = 4
  const width = columns * px
  const height = rows === 1 ? 60 : rows * px
  const data = new Uint8ClampedArray(width * height * 4).fill(255)
  for (const [x, y, w, h] of cells) {
    const bottom = rows === 1 ? height : (y + h) * px
    for (let row = rows === 1 ? 0 : y * px; row < bottom; row++) {
      for (let column = x * px; column < (x + w) * px; column++) {
        data.fill(0, (row * width + column) * 4, (row * width + column) * 4 + 3)
      }
    }
  }
  return { data, width, height } as ImageData
}
