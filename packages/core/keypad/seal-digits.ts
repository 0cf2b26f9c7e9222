import { KEYPAD_HPKE_INFO, type KeypadPage, keypadAad } from '@campus-ecode/protocol/keypad'
import { seal } from './hpke.ts'

/**
 * Encrypts digits to the key process, bound to this page's approval and to the very text it shows.
 *
 * @param digits ASCII; overwritten before this returns.
 * @returns Encapsulated key ‖ ciphertext, base64url.
 */
export async function sealDigits(
  page: KeypadPage,
  digits: Uint8Array<ArrayBuffer>,
): Promise<string> {
  try {
    const text = new TextEncoder()
    const actionHash = await crypto.subtle.digest('SHA-256', text.encode(page.action))
    const aad = keypadAad(
      page.approvalId,
      fromBase64Url(page.challenge),
      new Uint8Array(actionHash),
    )
    const point = fromBase64Url(page.publicKey)
    const { enc, ciphertext } = await seal(point, text.encode(KEYPAD_HPKE_INFO), aad, digits)
    return toBase64Url(enc, ciphertext)
  } finally {
    digits.fill(0)
  }
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replace(/-/g, '+').replace(/_/g, '/'))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}

function toBase64Url(...parts: Uint8Array[]): string {
  const binary = parts.map((bytes) => String.fromCharCode(...bytes)).join('')
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}
