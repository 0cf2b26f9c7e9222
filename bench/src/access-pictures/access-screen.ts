import { create } from 'qrcode'
import type { GrayImage } from '../reader-pictures/gray-image.ts'

/** Of error correction, by which the version follows: the text is as long as it is. */
export const levels = { L: 8, M: 10, Q: 12 } as const
export type Level = keyof typeof levels

/** A common phone: 360 CSS pixels at 3×. */
export const PHONE_MM = 67
const PHONE_PX = 1_080
const QUIET_MODULES = 4

/** The cut of a white screen with the code in its middle, its edges on whole pixels as the widget has them. */
export function drawAccessScreen(text: string, level: Level, outerMm: number): GrayImage {
  const segments = [{ data: text, mode: 'alphanumeric' as const }]
  const { modules } = create(segments, { errorCorrectionLevel: level, version: levels[level] })
  const { size } = modules
  const outerPx = (outerMm / PHONE_MM) * PHONE_PX
  const modulePx = outerPx / (size + 2 * QUIET_MODULES)
  const edge = (n: number) => Math.round((PHONE_PX - outerPx) / 2 + (QUIET_MODULES + n) * modulePx)
  const data = new Uint8ClampedArray(PHONE_PX * PHONE_PX).fill(255)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (!modules.get(row, column)) continue
      for (let y = edge(row); y < edge(row + 1); y++) {
        data.fill(0, y * PHONE_PX + edge(column), y * PHONE_PX + edge(column + 1))
      }
    }
  }
  return { width: PHONE_PX, height: PHONE_PX, data }
}
