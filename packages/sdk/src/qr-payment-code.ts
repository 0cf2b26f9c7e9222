// QR version 1, level Q, numeric: the one form that payment codes have (docs/codes.md, "Drawing").
// A library for all forms weighs four times as much, and all of it before the first code.
// Source: ISO/IEC 18004:2015; the sections are named where they apply.

/** Modules along one side. */
export const QR_SIZE = 21
const LAST = QR_SIZE - 1

/** §7.8.2, Table 10: which data modules a mask turns over, those where it gives 0. */
const masks: readonly ((x: number, y: number) => number)[] = [
  (x, y) => (x + y) % 2,
  (_, y) => y % 2,
  (x) => x % 3,
  (x, y) => (x + y) % 3,
  (x, y) => (Math.floor(x / 3) + (y >> 1)) % 2,
  (x, y) => ((x * y) % 2) + ((x * y) % 3),
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
]

/**
 * Draws 24 digits, with the mask that readers find easiest (§7.8.3).
 *
 * @returns Rows from the top, one character to a module, `1` for dark; without the quiet zone.
 * Throws RangeError for other input.
 */
export function drawQr(digits: string): string[] {
  const bits = encode(digits)
  const drawings = masks.map((_, mask) => draw(bits, mask))
  const penalties = drawings.map(penalty)
  return drawings[penalties.indexOf(Math.min(...penalties))] ?? []
}

/** §7.4.3: digits by threes in ten bits, which fill 13 bytes; §7.5.2: 13 more to check them by. */
function encode(digits: string): string {
  if (!/^\d{24}$/.test(digits)) throw new RangeError('a payment code has 24 digits')
  const groups = digits.replace(/.../g, (group) => binary(Number(group), 10))
  const data = `0001${binary(digits.length, 10)}${groups}`.padEnd(104, '0')
  const bytes = (data.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2))
  return (
    data +
    checkBytes(bytes)
      .map((byte) => binary(byte, 8))
      .join('')
  )
}

/** The remainder of the data divided by (x − 2⁰)(x − 2¹)…(x − 2¹²) in GF(256). */
function checkBytes(data: number[]): number[] {
  let divisor = [1]
  for (let i = 0, root = 1; i < 13; i++, root = multiply(root, 2)) {
    divisor = [...divisor, 0].map((value, k) => value ^ multiply(divisor[k - 1] ?? 0, root))
  }
  return data.reduce((rest, byte) => {
    const factor = byte ^ (rest[0] ?? 0)
    return divisor.slice(1).map((value, k) => (rest[k + 1] ?? 0) ^ multiply(value, factor))
  }, Array<number>(13).fill(0))
}

/** Product in GF(256) modulo x⁸ + x⁴ + x³ + x² + 1. */
function multiply(a: number, b: number): number {
  let product = 0
  for (let bit = 128; bit; bit >>= 1) {
    product = (product << 1) ^ (product > 127 ? 0x11d : 0) ^ (b & bit ? a : 0)
  }
  return product
}

function draw(bits: string, mask: number): string[] {
  const rows = Array.from({ length: QR_SIZE }, (_, y) =>
    Array.from({ length: QR_SIZE }, (_, x) => fixedModule(x, y, mask)),
  )
  let next = 0
  // §7.7.3: pairs of columns from the right, up and down by turns, past the timing pattern.
  for (let right = LAST; right > 0; right -= right === 8 ? 3 : 2) {
    const up = right > 6 ? right % 4 === 0 : right % 4 === 3
    for (let i = 0; i < QR_SIZE; i++) {
      const y = up ? LAST - i : i
      for (const x of [right, right - 1]) {
        const row = rows[y]
        if (row && row[x] === undefined)
          row[x] = (bits[next++] === '1') !== (masks[mask]?.(x, y) === 0)
      }
    }
  }
  return rows.map((row) => row.map((dark) => (dark ? 1 : 0)).join(''))
}

/** Dark or not for what is the same in every code of a mask; undefined where data goes. */
function fixedModule(x: number, y: number, mask: number): boolean | undefined {
  const farX = x > 12
  const farY = y > 12
  const fromX = farX ? LAST - x : x
  const fromY = farY ? LAST - y : y
  if (fromX < 8 && fromY < 8 && !(farX && farY)) {
    // Finder patterns with their separators (§6.3.3, §6.3.4).
    const ring = Math.max(Math.abs(fromX - 3), Math.abs(fromY - 3))
    return ring !== 2 && ring !== 4
  }
  // Timing patterns (§6.3.5).
  if (x === 6 || y === 6) return (x + y) % 2 === 0
  // Format information, twice, and the module that is always dark (§7.9.1).
  if (x === 8 && (y < 9 || farY)) {
    return y === 13 || formatBit(mask, y < 6 ? y : y < 9 ? y - 1 : y - 6)
  }
  if (y === 8 && (x < 9 || farX)) {
    return formatBit(mask, farX ? fromX : x < 6 ? 14 - x : 15 - x)
  }
  return undefined
}

/** §7.9: level Q and the mask, protected by a BCH (15, 5) code. */
function formatBit(mask: number, bit: number): boolean {
  const data = 0b11000 | mask
  let rest = data
  for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >> 9) * 0x537)
  return ((((data << 10) | rest) ^ 0x5412) >> bit) % 2 === 1
}

/** §7.8.3.1: the four features that make a drawing harder to read. */
function penalty(rows: string[]): number {
  const columns = rows.map((_, x) => rows.map((row) => row[x]).join(''))
  const lines = [...rows, ...columns].join(' ')
  let points = 0
  for (const [run] of lines.matchAll(/0{5,}|1{5,}/g)) points += run.length - 2
  for (const _ of lines.matchAll(/(?=10111010000|00001011101)/g)) points += 40
  const all = rows.join('')
  for (let y = 1; y < QR_SIZE; y++) {
    for (let x = 1; x < QR_SIZE; x++) {
      const square = `${rows[y]?.slice(x - 1, x + 1)}${rows[y - 1]?.slice(x - 1, x + 1)}`
      if (square === '0000' || square === '1111') points += 3
    }
  }
  const share = (all.split('1').length - 1) / all.length
  return points + 10 * Math.floor(Math.abs(share - 0.5) * 20)
}

function binary(value: number, length: number): string {
  return value.toString(2).padStart(length, '0')
}
