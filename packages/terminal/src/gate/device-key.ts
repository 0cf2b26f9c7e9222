import { createPublicKey, ECDH, type KeyObject, verify } from 'node:crypto'

/**
 * Reads a phone's key.
 *
 * @param point On P-256, compressed, 33 bytes.
 * @returns undefined for bytes that are no point.
 */
export function readDeviceKey(point: Uint8Array): KeyObject | undefined {
  try {
    // Node.js reads keys as JWK in half the time of DER, and JWK has no compressed points.
    const full = ECDH.convertKey(point, 'prime256v1', undefined, undefined, 'uncompressed')
    const bytes = Buffer.from(full as unknown as Uint8Array)
    return createPublicKey({
      key: {
        kty: 'EC',
        crv: 'P-256',
        x: bytes.toString('base64url', 1, 33),
        y: bytes.toString('base64url', 33),
      },
      format: 'jwk',
    })
  } catch {
    return undefined
  }
}

/** FIPS 186-5: ECDSA with SHA-256, r ‖ s. */
export function isShownBy(key: KeyObject, input: Uint8Array, signature: Uint8Array): boolean {
  return verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signature)
}
