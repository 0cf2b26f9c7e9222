/** An amount of money: whole fen, a safe integer (1250 is ¥12.50). */
export type Fen = number

/**
 * Largest amount one operation may name, ¥100,000.00; the limits of R15 and R23 lie below.
 * Fits a signed 32-bit integer, which many terminals still use.
 */
export const AMOUNT_FEN_MAX: Fen = 10_000_000

/** True for an amount that can be paid: a whole number of fen from 1 to AMOUNT_FEN_MAX. */
export function isAmountFen(value: unknown): value is Fen {
  return (
    Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= AMOUNT_FEN_MAX
  )
}

/**
 * Writes fen as `¥12.50`: sign, yuan without grouping, always two decimals; `-¥12.50` below zero.
 * No grouping, because one spelling everywhere can be searched, copied and read back by `parseYuan`.
 *
 * Throws RangeError for anything but a safe integer: that is a fault, never a refusal.
 */
export function formatYuan(fen: Fen): string {
  if (!Number.isSafeInteger(fen)) throw new RangeError('fen must be a safe integer')
  const digits = String(Math.abs(fen)).padStart(3, '0')
  return `${fen < 0 ? '-' : ''}¥${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/**
 * Reads a typed amount of yuan (`12`, `12.5`, `12.50`) as fen, without floating point.
 *
 * @returns 0 to AMOUNT_FEN_MAX, or undefined for anything else: signs, spaces, `¥`, grouping,
 * exponents, leading zeros, a bare point, more than two decimals, digits outside ASCII.
 */
export function parseYuan(text: string): Fen | undefined {
  const match = /^(0|[1-9]\d{0,5})(?:\.(\d{1,2}))?$/.exec(text)
  if (!match) return undefined
  const fen = Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'))
  return fen <= AMOUNT_FEN_MAX ? fen : undefined
}
