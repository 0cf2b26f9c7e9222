import { decodeQR } from 'qr/decode.js'

/** What `ImageData` is. */
export interface Pixels {
  data: Uint8ClampedArray
  width: number
  height: number
}

/** Reads one QR code in a picture, or none. */
export type ReadQr = (pixels: Pixels) => string | undefined

export const readQr: ReadQr = (pixels) => {
  try {
    return decodeQR(pixels)
  } catch {
    // It throws where it finds none.
    return undefined
  }
}
