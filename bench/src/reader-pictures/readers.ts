import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { scanGrayBuffer } from '@undecaf/zbar-wasm'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import type { GrayImage } from './gray-image.ts'

/** Both as they come, told only which two kinds of code there are. Each gives all texts it finds. */
export const readers = { zbar: readByZbar, ZXing: readByZxing } as const
export type ReaderName = keyof typeof readers

// Otherwise it would be fetched from a CDN.
const wasm = readFileSync(fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm')))
prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(wasm).buffer } })

async function readByZbar({ data, width, height }: GrayImage): Promise<string[]> {
  const found = await scanGrayBuffer(data.slice().buffer, width, height)
  return found.map((code) => code.decode())
}

async function readByZxing({ data, width, height }: GrayImage): Promise<string[]> {
  const rgba = new Uint8ClampedArray(data.length * 4).fill(255)
  for (let at = 0; at < data.length; at++) rgba.fill(data[at] ?? 0, at * 4, at * 4 + 3)
  const image = { data: rgba, width, height, colorSpace: 'srgb' } as const
  const found = await readBarcodes(image as ImageData, { formats: ['QRCode', 'Code128'] })
  return found.filter((code) => code.isValid).map((code) => code.text)
}
