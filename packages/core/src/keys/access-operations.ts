import {
  type AccessAlgorithm,
  credentialSigningInput,
  parseCredentialBody,
} from '@campus-ecode/protocol/access-code'
import { type KeySet, keySetSchema } from '@campus-ecode/protocol/access-keys'
import { gatePolicySchema } from '@campus-ecode/protocol/access-policy'
import { parseRevocationList } from '@campus-ecode/protocol/revocation-list'
import { type DocumentType, documentSigningInput } from '@campus-ecode/protocol/signed-document'
import { createSigners, type SigningHalf } from './signer.ts'

/**
 * Signs for gates. The label of what is signed is written here, and it has to be what it says, of the
 * school whose key it is: whoever has the core still cannot have anything else signed, nor a key of
 * their own put into a key set.
 *
 * @param derive Bits under a name, always the same.
 */
export function createAccessOperations(derive: (name: string, length: number) => Uint8Array) {
  const signers = createSigners()
  const halves = new Map<string, SigningHalf>()
  const halfOf = (schoolId: string, algorithm: AccessAlgorithm, keyId: number | null) => {
    const role = keyId === null ? 'access-root' : `access-issuer|${keyId}`
    const name = `${role}|${schoolId}|${algorithm}`
    const signer = signers[algorithm]()
    const half = halves.get(name) ?? signer.createKey(derive(name, signer.seedBytes))
    halves.set(name, half)
    return half
  }

  function isOwn(schoolId: string, { keys }: KeySet): boolean {
    return keys.every(({ keyId, algorithm, publicKey }) => {
      const own = halfOf(schoolId, algorithm, keyId).publicKey
      return Buffer.from(own).equals(Buffer.from(publicKey, 'base64url'))
    })
  }

  function isFit(schoolId: string, type: DocumentType, payload: Uint8Array): boolean {
    if (type === 'ECA1.list') return parseRevocationList(payload)?.school === schoolId
    const content = JSON.parse(Buffer.from(payload).toString('utf8'))
    if (type === 'ECA1.policy') return gatePolicySchema.parse(content).school === schoolId
    const keySet = keySetSchema.parse(content)
    return keySet.school === schoolId && isOwn(schoolId, keySet)
  }

  return {
    accessRootKey: (schoolId: string, algorithm: AccessAlgorithm) =>
      halfOf(schoolId, algorithm, null).publicKey,

    accessIssuerKey: (schoolId: string, algorithm: AccessAlgorithm, keyId: number) =>
      halfOf(schoolId, algorithm, keyId).publicKey,

    signCredential(schoolId: string, algorithm: AccessAlgorithm, keyId: number, body: Uint8Array) {
      const credential = parseCredentialBody(body)
      const isOfKey =
        credential?.school === schoolId &&
        credential.algorithm === algorithm &&
        credential.keyId === keyId
      if (!isOfKey) throw new RangeError('not a credential of this key')
      return halfOf(schoolId, algorithm, keyId).sign(credentialSigningInput(body))
    },

    signDocument(
      schoolId: string,
      algorithm: AccessAlgorithm,
      keyId: number | null,
      type: DocumentType,
      payload: Uint8Array,
    ) {
      const isRoots = type === 'ECA1.keys'
      if (isRoots !== (keyId === null) || !isFit(schoolId, type, payload)) {
        throw new RangeError('not a document of this key')
      }
      return halfOf(schoolId, algorithm, keyId).sign(documentSigningInput(type, payload))
    },
  }
}
