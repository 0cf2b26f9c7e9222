import type { DeviceMode } from './payment-code.ts'

// RFC 6238 TOTP with HMAC-SHA-256, a 10 s step and 10 digits. This file is the phone's half and
// uses WebCrypto alone; the core's half is one-time-check.ts.

/** Length of one time step. */
export const STEP_SECONDS = 10
/** A code of step T is refused from 10·T + 60 on. */
export const LIFETIME_SECONDS = 60
/** How far ahead of the core a phone's clock may be. */
export const FAST_TOLERANCE_SECONDS = 10
/** A phone replaces a code of step T at 10·T + 50, so what it shows has ten seconds to live. */
export const DISPLAY_SECONDS = 50
/** Digits of the one-time part: the whole 31-bit truncation of RFC 4226 §5.3. */
export const ONE_TIME_DIGITS = 10
/** Length of a grant's salt. */
export const GRANT_SALT_BYTES = 16

const SALT_PREFIX = 'campus-ecode/v1'

/** The step that a moment lies in. */
export function oneTimeStep(nowSeconds: number): number {
  return Math.floor(nowSeconds / STEP_SECONDS)
}

/**
 * Every step T with −10 s ≤ now − 10·T < 60 s, oldest first: always seven.
 *
 * @param nowSeconds Unix time by the core's clock; fractions count.
 */
export function acceptableSteps(nowSeconds: number): number[] {
  const first = oneTimeStep(nowSeconds - LIFETIME_SECONDS) + 1
  const last = oneTimeStep(nowSeconds + FAST_TOLERANCE_SECONDS)
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

/** HKDF salt of a grant: utf8 `campus-ecode/v1` ‖ the grant's 16 bytes. */
export function oneTimeSalt(grantSalt: Uint8Array): Uint8Array<ArrayBuffer> {
  if (grantSalt.length !== GRANT_SALT_BYTES) throw new RangeError('grant salt must be 16 bytes')
  const prefix = new TextEncoder().encode(SALT_PREFIX)
  const salt = new Uint8Array(prefix.length + grantSalt.length)
  salt.set(prefix)
  salt.set(grantSalt, prefix.length)
  return salt
}

/** HKDF info, `pay|SSSS|M`: a code cannot be moved to another school, account or mode. */
export function oneTimeInfo(school: string, mode: DeviceMode): string {
  return `pay|${school}|${mode}`
}

/** Makes the device's agreement key. Its private half can be stored in IndexedDB, never read out. */
export function generateAgreementKey(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits'])
}

/**
 * Derives K = HKDF-SHA-256(shared secret, salt, info) as a non-extractable HMAC key.
 *
 * @param ecdhPrivateKey From `generateAgreementKey`.
 * @param corePublicKey The core's P-256 point, uncompressed (65 bytes).
 * @param grantSalt The 16 bytes of the current grant.
 * @param info From `oneTimeInfo`.
 * Source: docs/codes.md, "Key and grant".
 */
export async function deriveOneTimeKey(
  ecdhPrivateKey: CryptoKey,
  corePublicKey: Uint8Array<ArrayBuffer>,
  grantSalt: Uint8Array,
  info: string,
): Promise<CryptoKey> {
  const { subtle } = crypto
  const salt = oneTimeSalt(grantSalt)
  const publicKey = await subtle.importKey(
    'raw',
    corePublicKey,
    { name: 'ECDH', namedCurve: 'P-256' },
    false,
    [],
  )
  // deriveKey straight to an HKDF key is missing in Firefox before 119. Nothing is lost by going
  // through bits: a script able to use the key could ask deriveKey for an extractable one as well.
  const shared = new Uint8Array(
    await subtle.deriveBits({ name: 'ECDH', public: publicKey }, ecdhPrivateKey, 256),
  )
  try {
    const base = await subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey'])
    return await subtle.deriveKey(
      { name: 'HKDF', hash: 'SHA-256', salt, info: new TextEncoder().encode(info) },
      base,
      // Without a length WebCrypto derives a whole SHA-256 block, 64 bytes.
      { name: 'HMAC', hash: 'SHA-256', length: 256 },
      false,
      ['sign'],
    )
  } finally {
    shared.fill(0)
  }
}

/** The ten digits of a step: RFC 4226 §5.3 over HMAC-SHA-256. */
export async function drawOneTimePart(key: CryptoKey, step: number): Promise<string> {
  const counter = new DataView(new ArrayBuffer(8))
  counter.setUint32(0, Math.floor(step / 2 ** 32))
  counter.setUint32(4, step)
  const mac = new DataView(await crypto.subtle.sign('HMAC', key, counter))
  const offset = mac.getUint8(mac.byteLength - 1) & 15
  return String(mac.getUint32(offset) & 0x7fffffff).padStart(ONE_TIME_DIGITS, '0')
}
