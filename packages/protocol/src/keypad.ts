import type { ApprovalAction } from './approvals.ts'

/**
 * What the keypad page and the key process must agree on (R16; docs/decisions/0017). The page seals
 * digits by HPKE in base mode (RFC 9180 §6.1) with DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and
 * AES-128-GCM; what travels is the encapsulated key followed by the ciphertext.
 *
 * The plaintext is ASCII digits: six of them, or for change_password and set_water_password the present
 * payment password's six and the new six.
 */
export const KEYPAD_HPKE_INFO = 'campus-ecode/keypad/v1'
export const PASSWORD_DIGITS = 6
/** An uncompressed P-256 point (RFC 9180 §7.1). */
export const HPKE_ENC_BYTES = 65
export const HPKE_TAG_BYTES = 16
export const KEYPAD_CHALLENGE_BYTES = 32

/**
 * One text for one action, whatever order its members come in; page and core hash the same. Actions
 * are flat and hold only short ASCII words and safe integers, so that sorting is all there is to do.
 */
export function canonicalAction(action: ApprovalAction): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(action).sort(([a], [b]) => (a < b ? -1 : 1))),
  )
}

/**
 * The additional data of the HPKE message: id ‖ challenge ‖ SHA-256 of the canonical action, so that
 * the digits are good for this one approval as it was shown.
 */
export function keypadAad(
  approvalId: string,
  challenge: Uint8Array,
  actionHash: Uint8Array,
): Uint8Array<ArrayBuffer> {
  if (challenge.length !== KEYPAD_CHALLENGE_BYTES || actionHash.length !== 32) {
    throw new RangeError('challenge and hash have 32 bytes')
  }
  const id = new TextEncoder().encode(approvalId)
  const aad = new Uint8Array(id.length + challenge.length + actionHash.length)
  aad.set(id)
  aad.set(challenge, id.length)
  aad.set(actionHash, id.length + challenge.length)
  return aad
}

/** What the core gives its keypad page, in the page's `data-page`. */
export interface KeypadPage {
  approvalId: string
  /** Base64url. */
  challenge: string
  /** What is approved, as `canonicalAction` writes it: the page shows, hashes and binds this text. */
  action: string
  /** Base64url, the key process's P-256 point. */
  publicKey: string
  /** Proves to the core that an entry comes from this page; header `ecode-keypad`. */
  secret: string
  /** The widget's page: where to go back to, and whose origin may hear of it. */
  returnTo: string
  expiresInSeconds: number
  school: { name: string; nameEn: string; accent: string; supportContact: string }
  /** R16: by which the person knows this page; null before a first password. */
  phrase: string | null
  /** Of the card that the action names. */
  card: { bankName: string; tail: string } | null
  /** Of the order that the action pays (R23). */
  payment: { merchant: string; amountFen: number } | null
  /** Of the phone that the action enrols. */
  deviceLabel: string | null
}

/** Beside a problem's own members: how often the person may still try. */
export interface KeypadProblem {
  code: string
  triesLeft?: number
}
