/** Light modules to leave at each end (ISO/IEC 15417). */
export const CODE128_QUIET_MODULES: 10
/** Widths in modules, a bar first, bars and spaces alternating, without the quiet zones. */
export function encodeCode128C(digits: string): number[]
/** Rows from the top, true for dark, without the quiet zone: QR version 1, level Q. */
export function drawQr(digits: string): boolean[][]
/** Reads a merchant's printed code by its form alone; undefined for every other text. */
export function parseCollectionLink(text: string): object | undefined
/** `¥12.50`. */
export function formatYuan(fen: number): string
