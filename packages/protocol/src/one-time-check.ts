import {
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto'
import { HOTP, Secret } from 'otpauth'
import { acceptableSteps, ONE_TIME_DIGITS, oneTimeSalt, STEP_SECONDS } from './one-time.ts'

// The core's half of one-time.ts; Node only.

/** How far outside the window a refused part is still told apart from a wrong one. */
export const EXPLAIN_SECONDS = 300

/**
 * Finds the step that a one-time part belongs to, in constant time over all acceptable steps.
 * Whether that step was used before is the caller's to decide, inside the payment's transaction.
 *
 * @param key K, 32 bytes.
 * @param oneTimePart Ten digits.
 * @param nowSeconds Unix time by the core's clock.
 * @returns The step, or undefined when no acceptable step gives these digits.
 */
export function checkOneTimePart(
  key: Uint8Array,
  oneTimePart: string,
  nowSeconds: number,
): number | undefined {
  return findStep(key, oneTimePart, acceptableSteps(nowSeconds))
}

/**
 * Says why `checkOneTimePart` refused, so that the phone can (R22): the part of a code up to five
 * minutes too old or too early, or of none. It explains a refusal and never turns it into success.
 */
export function explainOneTimePart(
  key: Uint8Array,
  oneTimePart: string,
  nowSeconds: number,
): 'expired' | 'early' | 'wrong' {
  const accepted = acceptableSteps(nowSeconds)
  const oldest = accepted[0] ?? 0
  const newest = accepted.at(-1) ?? 0
  const count = EXPLAIN_SECONDS / STEP_SECONDS
  if (findStep(key, oneTimePart, stepsFrom(oldest - count, count)) !== undefined) return 'expired'
  if (findStep(key, oneTimePart, stepsFrom(newest + 1, count)) !== undefined) return 'early'
  return 'wrong'
}

/**
 * The core's side of `deriveOneTimeKey`: the same K, as 32 bytes.
 *
 * @param corePrivateKey P-256.
 * @param devicePublicKey The device's P-256 point, uncompressed (65 bytes). Throws when these
 * bytes are no point on the curve; enrolment has made sure that they are.
 */
export function deriveOneTimeSecret(
  corePrivateKey: KeyObject,
  devicePublicKey: Uint8Array,
  grantSalt: Uint8Array,
  info: string,
): Uint8Array {
  const shared = diffieHellman({
    privateKey: corePrivateKey,
    publicKey: importP256Point(devicePublicKey),
  })
  try {
    return new Uint8Array(hkdfSync('sha256', shared, oneTimeSalt(grantSalt), info, 32))
  } finally {
    shared.fill(0)
  }
}

/** Reads an uncompressed P-256 point. Throws when the bytes are none. */
export function importP256Point(point: Uint8Array): KeyObject {
  if (point.length !== 65 || point[0] !== 4) throw new RangeError('not an uncompressed P-256 point')
  const x = Buffer.from(point.subarray(1, 33)).toString('base64url')
  const y = Buffer.from(point.subarray(33)).toString('base64url')
  return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
}

function findStep(key: Uint8Array, oneTimePart: string, steps: number[]): number | undefined {
  const given = Buffer.from(oneTimePart)
  if (given.length !== ONE_TIME_DIGITS) return undefined
  const secret = new Secret({ buffer: Uint8Array.from(key).buffer })
  let match: number | undefined
  for (const counter of steps) {
    const expected = HOTP.generate({
      secret,
      algorithm: 'SHA256',
      digits: ONE_TIME_DIGITS,
      counter,
    })
    if (timingSafeEqual(given, Buffer.from(expected))) match = counter
  }
  return match
}

function stepsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i)
}
