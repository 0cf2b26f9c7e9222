import { decodeBase45, encodeBase45 } from './base45.ts'
import type { PersonClass } from './shapes.ts'

// The access code (R30, R31): docs/codes.md, "Access code". Bytes only; what is believed of them is
// the verifier's, in the terminal kit. Numbers are big-endian, times unix seconds.

/** The only version there is. */
export const ACCESS_VERSION = 1
/** Bytes that the issuer signs, and by whose hash a credential is known. */
export const CREDENTIAL_BODY_BYTES = 46
/** The body and the issuer's signature: what the core gives to a phone. */
export const CREDENTIAL_BYTES = 110
/** A credential, what is shown and the phone's signature. */
export const ACCESS_CODE_BYTES = 181
export const ACCESS_CODE_PREFIX = 'ECA1:'
/** Characters of a whole code. */
export const ACCESS_CODE_LENGTH = 277
/** A credential lives three days at most. */
export const CREDENTIAL_LIFETIME_MINUTES_MAX = 4_320
/** The phone signs anew this often. */
export const SHOW_SECONDS = 10
/** How old what is shown may be, unless the gate's policy says otherwise. */
export const SHOWN_PAST_SECONDS = 20
/** How far ahead of the gate a phone's clock may be. */
export const SHOWN_FUTURE_SECONDS = 5
/** A gate remembers whom it let in for this long at least: longer where its tolerances are wider. */
export const REPLAY_MEMORY_SECONDS = 60

/** The issuer's signature algorithm: Ed25519 (RFC 8032), or SM2 with SM3 (GM/T 0003.2, GM/T 0009). */
export const accessAlgorithms = { ed25519: 1, sm2: 2 } as const
export type AccessAlgorithm = keyof typeof accessAlgorithms

/** What a code is shown for (R30). */
export const accessPurposes = { door: 1, library: 2, meeting: 3, attendance: 4 } as const
export type AccessPurpose = keyof typeof accessPurposes

const classes = { student: 1, teacher: 2, external: 3, visitor: 4 } as const satisfies Record<
  PersonClass,
  number
>

/** Who may be let in, as far as a gate has to know: no name, no number. */
export interface CredentialBody {
  algorithm: AccessAlgorithm
  /** Of the issuer's key, 0–255. */
  keyId: number
  /** Four digits. */
  school: string
  class: PersonClass
  /** Number of a set of groups that the school's policies tell apart; 0: none. */
  profile: number
  notBefore: number
  lifetimeMinutes: number
  /** P-256 point, compressed, 33 bytes; made for this credential alone. */
  devicePublicKey: Uint8Array
}

/** What the phone adds each time. */
export interface Shown {
  shownAt: number
  purpose: AccessPurpose
  /** Number of a meeting or attendance session; 0 for doors and libraries. */
  context: number
}

/** A code taken apart. The views share the code's bytes. */
export interface AccessCode extends CredentialBody, Shown {
  /** Bytes 0–45: what the issuer signs, after `credentialSigningInput`. */
  body: Uint8Array<ArrayBuffer>
  issuerSignature: Uint8Array<ArrayBuffer>
  /** Bytes 0–116: what the phone signs, after `showSigningInput`. */
  shown: Uint8Array<ArrayBuffer>
  deviceSignature: Uint8Array<ArrayBuffer>
}

/**
 * Writes the 46 bytes that the issuer signs.
 *
 * Throws RangeError for a part that does not fit.
 */
export function encodeCredentialBody(credential: CredentialBody): Uint8Array<ArrayBuffer> {
  const { algorithm, keyId, school, profile, notBefore, lifetimeMinutes, devicePublicKey } =
    credential
  if (!/^\d{4}$/.test(school)) throw new RangeError('a school is four digits')
  if (devicePublicKey.length !== 33) throw new RangeError('a device key is 33 bytes')
  const lifetimeMax = CREDENTIAL_LIFETIME_MINUTES_MAX
  const bytes = new Uint8Array(CREDENTIAL_BODY_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, (ACCESS_VERSION << 4) | accessAlgorithms[algorithm])
  view.setUint8(1, within(keyId, 0, 0xff))
  view.setUint16(2, Number(school))
  view.setUint8(4, classes[credential.class])
  view.setUint16(5, within(profile, 0, 0xffff))
  view.setUint32(7, within(notBefore, 0, 0xffffffff))
  view.setUint16(11, within(lifetimeMinutes, 1, lifetimeMax))
  bytes.set(devicePublicKey, 13)
  return bytes
}

/** What the issuer signs: `ECA1.cred`, a zero byte, bytes 0–45. */
export function credentialSigningInput(body: Uint8Array): Uint8Array<ArrayBuffer> {
  return labelled('ECA1.cred', body)
}

/** What the phone signs: `ECA1.show`, a zero byte, bytes 0–116. */
export function showSigningInput(shown: Uint8Array): Uint8Array<ArrayBuffer> {
  return labelled('ECA1.show', shown)
}

/**
 * Writes bytes 0–116 of a code: what the phone signs.
 *
 * @param credential The 110 bytes that the core gave.
 */
export function encodeShown(
  credential: Uint8Array,
  { shownAt, purpose, context }: Shown,
): Uint8Array<ArrayBuffer> {
  if (credential.length !== CREDENTIAL_BYTES) throw new RangeError('a credential is 110 bytes')
  const bytes = new Uint8Array(117)
  const view = new DataView(bytes.buffer)
  bytes.set(credential)
  view.setUint32(110, within(shownAt, 0, 0xffffffff))
  view.setUint8(114, accessPurposes[purpose])
  view.setUint16(115, within(context, 0, 0xffff))
  return bytes
}

/**
 * Writes a whole code.
 *
 * @param shown From `encodeShown`.
 * @param deviceSignature ECDSA over `showSigningInput(shown)`, SHA-256, r ‖ s, 64 bytes.
 */
export function formatAccessCode(shown: Uint8Array, deviceSignature: Uint8Array): string {
  const bytes = new Uint8Array(ACCESS_CODE_BYTES)
  if (shown.length !== 117 || deviceSignature.length !== 64) {
    throw new RangeError('malformed part of an access code')
  }
  bytes.set(shown)
  bytes.set(deviceSignature, 117)
  return ACCESS_CODE_PREFIX + encodeBase45(bytes)
}

/**
 * Takes a code apart, strictly: exact length, one way to write everything, nothing reserved in use.
 * No signature is looked at.
 *
 * @returns undefined for every other text.
 */
export function parseAccessCode(text: string): AccessCode | undefined {
  if (text.length !== ACCESS_CODE_LENGTH || !text.startsWith(ACCESS_CODE_PREFIX)) return undefined
  const bytes = decodeBase45(text.slice(ACCESS_CODE_PREFIX.length))
  if (bytes?.length !== ACCESS_CODE_BYTES) return undefined
  const view = new DataView(bytes.buffer)
  const purpose = keyOf(accessPurposes, view.getUint8(114))
  const body = parseCredentialBody(bytes.subarray(0, CREDENTIAL_BODY_BYTES))
  if (!purpose || !body) return undefined
  // Each field by its name: to spread them takes a gate longer than all the rest here.
  return {
    algorithm: body.algorithm,
    keyId: body.keyId,
    school: body.school,
    class: body.class,
    profile: body.profile,
    notBefore: body.notBefore,
    lifetimeMinutes: body.lifetimeMinutes,
    devicePublicKey: body.devicePublicKey,
    shownAt: view.getUint32(110),
    purpose,
    context: view.getUint16(115),
    body: bytes.subarray(0, CREDENTIAL_BODY_BYTES),
    issuerSignature: bytes.subarray(CREDENTIAL_BODY_BYTES, CREDENTIAL_BYTES),
    shown: bytes.subarray(0, 117),
    deviceSignature: bytes.subarray(117),
  }
}

/** Reads the 46 bytes that the issuer signs. */
export function parseCredentialBody(bytes: Uint8Array): CredentialBody | undefined {
  if (bytes.length !== CREDENTIAL_BODY_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const head = view.getUint8(0)
  const algorithm = keyOf(accessAlgorithms, head & 15)
  const personClass = keyOf(classes, view.getUint8(4))
  const school = view.getUint16(2)
  const lifetimeMinutes = view.getUint16(11)
  if (head >> 4 !== ACCESS_VERSION || !algorithm || !personClass || school > 9999) return undefined
  if (lifetimeMinutes < 1 || lifetimeMinutes > CREDENTIAL_LIFETIME_MINUTES_MAX) return undefined
  const point = bytes[13]
  if (point !== 2 && point !== 3) return undefined
  return {
    algorithm,
    keyId: view.getUint8(1),
    school: String(school).padStart(4, '0'),
    class: personClass,
    profile: view.getUint16(5),
    notBefore: view.getUint32(7),
    lifetimeMinutes,
    devicePublicKey: bytes.slice(13, 46),
  }
}

const encoder = new TextEncoder()

/** A label, a zero byte, the bytes: no signature can be taken for one of another kind. */
export function labelled(label: string, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = encoder.encode(`${label}\0`)
  const all = new Uint8Array(head.length + bytes.length)
  all.set(head)
  all.set(bytes, head.length)
  return all
}

function within(value: number, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError('a number of an access code is out of its range')
  }
  return value
}

function keyOf<K extends string>(table: Record<K, number>, value: number): K | undefined {
  return (Object.keys(table) as K[]).find((key) => table[key] === value)
}
