// What the mini-program needs of the outside, in one file: `vendor/codes.js`.
import NumericData from 'qrcode/lib/core/numeric-data'
import { create } from 'qrcode/lib/core/qrcode'

export { CODE128_QUIET_MODULES, encodeCode128C } from '@campus-ecode/protocol/code128'
export { parseCollectionLink } from '@campus-ecode/protocol/collection-link'
export { formatYuan } from '@campus-ecode/protocol/money'

/**
 * QR version 1, level Q (docs/codes.md).
 *
 * @param digits 24 of them.
 * @returns Rows from the top, true for dark, without the quiet zone.
 */
export function drawQr(digits: string): boolean[][] {
  const { modules } = create([new NumericData(digits)], { version: 1, errorCorrectionLevel: 'Q' })
  const side = Array.from({ length: modules.size }, (_, at) => at)
  return side.map((y) => side.map((x) => Boolean(modules.get(y, x))))
}
