/** Where a code may be: a picture that was dropped, or a frame of the camera. */
export type Picture = Blob | ImageData

/**
 * The code in a picture, or undefined. ZXing is loaded with the first picture, from our own server.
 */
export async function readPicture(picture: Picture): Promise<string | undefined> {
  reader ??= loadReader().catch((error) => {
    reader = undefined
    throw error
  })
  const { readBarcodes } = await reader
  const [found] = await readBarcodes(picture, {
    formats: ['QRCode', 'Code128'],
    tryHarder: true,
    maxNumberOfSymbols: 1,
  })
  return found?.text
}

type Reader = typeof import('zxing-wasm/reader')
let reader: Promise<Reader> | undefined

async function loadReader(): Promise<Reader> {
  const path = '/zxing/reader/index.js'
  const module: Reader = await import(path)
  module.prepareZXingModule({ overrides: { locateFile: () => '/zxing/reader.wasm' } })
  return module
}
