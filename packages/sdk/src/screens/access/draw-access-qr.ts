import AlphanumericData from 'qrcode/lib/core/alphanumeric-data'
import { drawSymbol } from '../../qr.ts'
import { type Cell, QR_QUIET_MODULES, qrCells } from '../pay/code-drawing.ts'

/** Of the 57 that version 10 has, and the quiet zone. */
export const ACCESS_QR_MODULES = 57 + 2 * QR_QUIET_MODULES

/**
 * Draws the 277 characters of an access code as QR version 10, level M, which reads best at the sizes
 * a phone has for it (docs/decisions/0024-access-screen.md).
 */
export function accessQrCells(text: string): Cell[] {
  return qrCells(drawSymbol(new AlphanumericData(text), 10, 'M'))
}
