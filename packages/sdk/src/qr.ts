// A part of its own, fetched beside the session: the bars are drawn without it.
// The core alone: the package's main file also brings its PNG and SVG writers.
import type { GeneratedQRCodeSegment } from 'qrcode'
import NumericData from 'qrcode/lib/core/numeric-data'
import { create } from 'qrcode/lib/core/qrcode'

/** Draws 24 digits as QR version 1, level Q, which reads best under blur and glare (docs/codes.md). */
export function drawQr(digits: string): boolean[][] {
  return drawSymbol(new NumericData(digits), 1, 'Q')
}

/** Draws one segment in one form of QR. Throws when it does not fit. */
export function drawSymbol(
  segment: GeneratedQRCodeSegment,
  version: number,
  errorCorrectionLevel: 'L' | 'M' | 'Q',
): boolean[][] {
  const { modules } = create([segment], { version, errorCorrectionLevel })
  const side = Array.from({ length: modules.size }, (_, at) => at)
  return side.map((y) => side.map((x) => Boolean(modules.get(y, x))))
}

/** Rows from the top, true for dark, without the quiet zone. */
export type DrawQr = typeof drawQr
