import { hkdfSync } from 'node:crypto'
import { FF1 } from '@noble/ciphers/ff1.js'

// The device's rotating alias; only the core holds these keys. Node only.

/** Highest index a device slot can have: seven digits. */
export const DEVICE_INDEX_MAX = 9_999_999

/**
 * The alias key of one epoch: HKDF-SHA-256 of the school's alias key of that epoch's version,
 * salt utf8 `campus-ecode/v1`, info utf8 `alias|<epoch in decimal>`, 32 bytes.
 *
 * @param schoolAliasKey 32 bytes.
 */
export function deriveEpochKey(schoolAliasKey: Uint8Array, epoch: number): Uint8Array {
  if (schoolAliasKey.length !== 32) throw new RangeError('alias key must be 32 bytes')
  return new Uint8Array(
    hkdfSync('sha256', schoolAliasKey, 'campus-ecode/v1', `alias|${checkedEpoch(epoch)}`, 32),
  )
}

/**
 * Encrypts a device index as seven digits: FF1-AES-256 (NIST SP 800-38G), radix 10,
 * tweak school u16 ‖ epoch u32, big-endian.
 *
 * @param epochKey 32 bytes, from `deriveEpochKey`.
 * @param school Four digits.
 * @param index 0 to DEVICE_INDEX_MAX.
 */
export function encryptAlias(
  epochKey: Uint8Array,
  school: string,
  epoch: number,
  index: number,
): string {
  if (!Number.isInteger(index) || index < 0 || index > DEVICE_INDEX_MAX) {
    throw new RangeError('device index must have at most seven digits')
  }
  const digits = toDigits(String(index).padStart(7, '0'))
  return cipher(epochKey, school, epoch).encrypt(digits).join('')
}

/**
 * Recovers the device index from an alias. Every seven digits decrypt to some index, so only the
 * one-time part proves that the alias was genuine.
 */
export function decryptAlias(
  epochKey: Uint8Array,
  school: string,
  epoch: number,
  alias: string,
): number {
  return Number(cipher(epochKey, school, epoch).decrypt(toDigits(alias)).join(''))
}

function cipher(epochKey: Uint8Array, school: string, epoch: number) {
  // The library would also take the shorter AES keys.
  if (epochKey.length !== 32) throw new RangeError('epoch key must be 32 bytes')
  if (!/^\d{4}$/.test(school)) throw new RangeError('school must be four digits')
  const tweak = new DataView(new ArrayBuffer(6))
  tweak.setUint16(0, Number(school))
  tweak.setUint32(2, checkedEpoch(epoch))
  return FF1(10, epochKey, new Uint8Array(tweak.buffer))
}

function checkedEpoch(epoch: number): number {
  if (!Number.isInteger(epoch) || epoch < 0 || epoch > 0xffffffff) {
    throw new RangeError('epoch must be an unsigned 32-bit integer')
  }
  return epoch
}

function toDigits(text: string): number[] {
  if (!/^\d{7}$/.test(text)) throw new RangeError('alias must be seven digits')
  return Array.from(text, Number)
}
