import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { encodeShown, formatAccessCode } from '@campus-ecode/protocol/access-code'
import { scanGrayBuffer } from '@undecaf/zbar-wasm'
import { beforeAll, describe, expect, it } from 'vitest'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import { ACCESS_QR_MODULES, accessQrCells } from './draw-access-qr.ts'

/** Bytes that look like a code's, other ones for each seed. */
function makeText(seed: number): string {
  const bytes = (length: number) =>
    Uint8Array.from({ length }, (_, at) => (at * (seed * 2 + 73) + seed * 151 + 19) % 256)
  const shown = encodeShown(bytes(110), { shownAt: 1_800_000_000, purpose: 'door', context: seed })
  return formatAccessCode(shown, bytes(64))
}

beforeAll(() => {
  const wasm = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm')
  prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(readFileSync(wasm)).buffer } })
})

describe('a drawn access code', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7])(
    'is read back by two readers, the spaces of Base45 included (%d)',
    async (seed) => {
      const text = makeText(seed)
      const image = paint(text)
      const zxing = await readBarcodes(image, { formats: ['QRCode'] })
      expect(zxing.map((found) => found.text)).toEqual([text])
      const gray = image.data.filter((_, index) => index % 4 === 0)
      const zbar = await scanGrayBuffer(new Uint8Array(gray).buffer, image.width, image.height)
      expect(zbar.map((found) => found.decode())).toEqual([text])
    },
  )

  it('is version 10 at level M in alphanumeric mode, with a quiet zone of four', async () => {
    const [found] = await readBarcodes(paint(makeText(1)), { formats: ['QRCode'] })
    expect(found?.version).toBe('10')
    expect(found?.ecLevel).toBe('M')
    const cells = accessQrCells(makeText(1))
    expect(ACCESS_QR_MODULES).toBe(65)
    for (const [x, y] of cells) {
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(4)
      expect(Math.max(x, y)).toBeLessThan(61)
    }
  })

  it('is refused when it is longer than an access code', () => {
    expect(() => accessQrCells('A'.repeat(400))).toThrow()
  })
})

function paint(text: string): ImageData {
  const px = 4
  const side = ACCESS_QR_MODULES * px
  const data = new Uint8ClampedArray(side * side * 4).fill(255)
  for (const [x, y] of accessQrCells(text)) {
    for (let row = y * px; row < (y + 1) * px; row++) {
      for (let column = x * px; column < (x + 1) * px; column++) {
        data.fill(0, (row * side + column) * 4, (row * side + column) * 4 + 3)
      }
    }
  }
  return { data, width: side, height: side } as ImageData
}
