import { CODE128_QUIET_MODULES, encodeCode128C } from '@campus-ecode/protocol/code128'

/** QR v1 is 21 modules, with a quiet zone of four at each side (ISO/IEC 18004 §5.3.8). */
export const QR_QUIET_MODULES = 4
export const QR_MODULES = 21 + 2 * QR_QUIET_MODULES
/** 24 digits in Code 128-C are 167 modules, with ten quiet ones at each end. */
export const BARCODE_MODULES = 167 + 2 * CODE128_QUIET_MODULES

/** Dark cells as rectangles in modules, quiet zone included in the offsets. */
export type Cell = readonly [x: number, y: number, width: number, height: number]

/** The dark modules of a QR, as `drawQr` gives them. */
export function qrCells(rows: readonly (readonly boolean[])[]): Cell[] {
  return rows.flatMap((row, y) =>
    row.flatMap((dark, x): Cell[] =>
      dark ? [[x + QR_QUIET_MODULES, y + QR_QUIET_MODULES, 1, 1]] : [],
    ),
  )
}

/** The bars of the same digits; one module high, to be stretched. */
export function barcodeCells(digits: string): Cell[] {
  const cells: Cell[] = []
  let x = CODE128_QUIET_MODULES
  encodeCode128C(digits).forEach((width, index) => {
    if (index % 2 === 0) cells.push([x, 0, width, 1])
    x += width
  })
  return cells
}

/**
 * Device pixels per module: the most that fit, always whole, at least one.
 *
 * @param box Room in CSS pixels.
 */
export function modulePixels(box: number, modules: number, dpr: number): number {
  return Math.max(1, Math.floor((box * dpr) / modules + 1e-6))
}

/** How far to move an edge, in CSS pixels, so that it falls between two device pixels. */
export function snapOffset(edge: number, dpr: number): number {
  return Math.round(edge * dpr) / dpr - edge
}
