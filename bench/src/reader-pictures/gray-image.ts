import { PNG } from 'pngjs'

/** One byte to a pixel, row by row, as readers take it. */
export interface GrayImage {
  width: number
  height: number
  data: Uint8ClampedArray<ArrayBuffer>
}

/** Luma of ITU-R BT.601, as cameras give it. */
export function readPng(png: Buffer): GrayImage {
  const { width, height, data } = PNG.sync.read(png)
  const gray = new Uint8ClampedArray(width * height)
  for (let at = 0; at < gray.length; at++) {
    const [red = 0, green = 0, blue = 0] = data.subarray(at * 4, at * 4 + 3)
    gray[at] = 0.299 * red + 0.587 * green + 0.114 * blue
  }
  return { width, height, data: gray }
}
