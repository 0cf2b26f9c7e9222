import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { scanGrayBuffer } from '@undecaf/zbar-wasm'
import { PNG } from 'pngjs'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'

/** What one reader found: every text of each kind, in no order. */
export interface CodesRead {
  qr: string[]
  barcode: string[]
}

/** Both readers see the same pixels and know nothing of each other, nor of what was drawn. */
export const readers = { zxing: readByZxing, zbar: readByZbar } as const
export type ReaderName = keyof typeof readers

// Otherwise it would be fetched from a CDN.
const wasm = readFileSync(fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm')))
prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(wasm).buffer } })

async function readByZxing(screenshot: Uint8Array): Promise<CodesRead> {
  const found = await readBarcodes(screenshot, { formats: ['QRCode', 'Code128'] })
  const textsOf = (format: string) =>
    found.filter((code) => code.isValid && code.format === format).map((code) => code.text)
  return { qr: textsOf('QRCode'), barcode: textsOf('Code128') }
}

async function readByZbar(screenshot: Uint8Array): Promise<CodesRead> {
  const { width, height, gray } = toGray(screenshot)
  const found = await scanGrayBuffer(gray, width, height)
  const textsOf = (type: string) =>
    found.filter((code) => code.typeName === type).map((code) => code.decode())
  return { qr: textsOf('ZBAR_QRCODE'), barcode: textsOf('ZBAR_CODE128') }
}

/** Luma of ITU-R BT.601, as cameras give it. */
function toGray(screenshot: Uint8Array) {
  const { width, height, data } = PNG.sync.read(Buffer.from(screenshot))
  const gray = new Uint8Array(width * height)
  for (let i = 0; i < gray.length; i++) {
    const [red = 0, green = 0, blue = 0] = data.subarray(i * 4, i * 4 + 3)
    gray[i] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue)
  }
  return { width, height, gray: gray.buffer }
}
