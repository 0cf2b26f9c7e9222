import { encodeShown, formatAccessCode, showSigningInput } from '@campus-ecode/protocol/access-code'
import type { Scene } from '../../access-model.ts'
import type { HeldCredential } from './credential-keeper.ts'

/**
 * Signs what is shown, on this phone alone.
 *
 * @param shownAt Unix seconds by the server's clock.
 * Source: docs/codes.md, "Access code".
 */
export async function signCode(
  { bytes, privateKey }: HeldCredential,
  scene: Scene,
  shownAt: number,
): Promise<string> {
  const shown = encodeShown(bytes, { ...scene, shownAt })
  // WebCrypto signs in the form the code wants, r ‖ s.
  const signature = await crypto.subtle.sign(
    { name: 'ECDSA', hash: 'SHA-256' },
    privateKey,
    showSigningInput(shown),
  )
  return formatAccessCode(shown, new Uint8Array(signature))
}
