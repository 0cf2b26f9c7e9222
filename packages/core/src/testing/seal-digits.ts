import { createHash } from 'node:crypto'
import type { ApprovalAction } from '@campus-ecode/protocol/approvals'
import { canonicalAction, KEYPAD_HPKE_INFO, keypadAad } from '@campus-ecode/protocol/keypad'
import { Aes128Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core'

/** Seals digits to a public key as the keypad page does. */
export async function sealDigits(
  publicKey: Uint8Array,
  aad: Uint8Array,
  digits: string,
): Promise<Uint8Array> {
  const suite = new CipherSuite({
    kem: new DhkemP256HkdfSha256(),
    kdf: new HkdfSha256(),
    aead: new Aes128Gcm(),
  })
  const bytes = (view: Uint8Array) => Uint8Array.from(view).buffer
  const { enc, ct } = await suite.seal(
    {
      recipientPublicKey: await suite.kem.deserializePublicKey(bytes(publicKey)),
      info: new TextEncoder().encode(KEYPAD_HPKE_INFO),
    },
    new TextEncoder().encode(digits),
    bytes(aad),
  )
  return new Uint8Array(Buffer.concat([Buffer.from(enc), Buffer.from(ct)]))
}

/** What the digits are bound to. */
export function aadOf(
  approvalId: string,
  challenge: Uint8Array,
  action: ApprovalAction,
): Uint8Array {
  const actionHash = createHash('sha256').update(canonicalAction(action)).digest()
  return keypadAad(approvalId, challenge, actionHash)
}
