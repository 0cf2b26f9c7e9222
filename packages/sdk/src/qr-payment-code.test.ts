import { correction, generate, mode } from 'lean-qr'
import { expect, test } from 'vitest'
import { drawQr } from './qr-payment-code.ts'

/** The same by a library of its own making, which encodes every form of QR. */
function drawByLibrary(digits: string): string[] {
  const matrix = generate(digits, {
    modes: [mode.numeric],
    minVersion: 1,
    maxVersion: 1,
    minCorrectionLevel: correction.Q,
    maxCorrectionLevel: correction.Q,
  })
  return Array.from({ length: matrix.size }, (_, y) =>
    Array.from({ length: matrix.size }, (_, x) => (matrix.get(x, y) ? 1 : 0)).join(''),
  )
}

test('draws what a full encoder draws, mask included, for codes of every kind', () => {
  // A fixed sequence (Numerical Recipes), so that a failure can be found again.
  let seed = 1
  const digit = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return String(Math.floor(seed / 2 ** 24) % 10)
  }
  const codes = Array.from(
    { length: 400 },
    () => `711001${Array.from({ length: 18 }, digit).join('')}`,
  )
  codes.push('0'.repeat(24), '9'.repeat(24), '711001120143221573602495')
  for (const code of codes) expect(drawQr(code)).toEqual(drawByLibrary(code))
})

test.each(['', '7'.repeat(23), '7'.repeat(25), `${'7'.repeat(23)}x`, `${'7'.repeat(24)}\n`])(
  'refuses what is not 24 digits: %j',
  (text) => {
    expect(() => drawQr(text)).toThrow(RangeError)
  },
)
