import { randomInt } from 'node:crypto'

/** So many digits at once: `randomInt` takes ranges up to 2^48. */
const CHUNK = 9

/** Uniform and unpredictable decimal digits. */
export function drawDigits(count: number): string {
  if (count > CHUNK) return drawDigits(CHUNK) + drawDigits(count - CHUNK)
  return String(randomInt(10 ** count)).padStart(count, '0')
}
