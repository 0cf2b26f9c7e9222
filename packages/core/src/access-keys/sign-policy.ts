import type { GatePolicy } from '@campus-ecode/protocol/access-policy'
import type { SignedDocument } from '@campus-ecode/protocol/signed-document'
import type { Services } from '../http/operation.ts'
import { withPresentKey } from './with-present-key.ts'

/**
 * Signs what one gate does by itself, with the issuer key that signs now. That key is in the present key set;
 * once it is not any more, the gate needs its policy anew.
 */
export function signPolicy(
  services: Services,
  schoolId: string,
  policy: GatePolicy,
): Promise<SignedDocument> {
  const type = 'ECA1.policy'
  const payload = Buffer.from(JSON.stringify(policy))
  return withPresentKey(services, schoolId, async (_tx, holdKey) => {
    const { algorithm, key_id: keyId } = await holdKey()
    const signature = await services.keys.signDocument(schoolId, algorithm, keyId, type, payload)
    return {
      type,
      algorithm,
      keyId,
      payload: payload.toString('base64url'),
      signature: Buffer.from(signature).toString('base64url'),
    }
  })
}
