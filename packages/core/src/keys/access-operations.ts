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

/** The core's clock is this machine's, too. */
const CLOCK_SECONDS = 600
const KEY_SET_LIFETIME_SECONDS = 366 * 86_400

/**
 * Signs for gates. The label of what is signed is written here, and it has to be what it says, of the
 * school whose key it is, and of now: whoever has the core still cannot have anything else signed, nor a key of
 * their own put into a key set, nor anything for the time when they have it no more.
 *
 * @param derive Bits under a name, always the same.
 * @param now Unix time in milliseconds.
 */
export function createAccessOperations(
  derive: (name: string, length: number) => Uint8Array,
  now: () => number,
) {
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

  const isNow = (seconds: number) => Math.abs(seconds - now() / 1000) <= CLOCK_SECONDS
  /** A number is never higher than the time, so that each can be passed later. */
  const isTimely = ({ issued, seq }: { issued: number; seq: number }) =>
    isNow(issued) && seq <= issued

  function isOwn(schoolId: string, { keys }: KeySet): boolean {
    return keys.every(({ keyId, algorithm, publicKey }) => {
      const own = halfOf(schoolId, algorithm, keyId).publicKey
      return Buffer.from(own).equals(Buffer.from(publicKey, 'base64url'))
    })
  }

  function isFit(schoolId: string, type: DocumentType, payload: Uint8Array): boolean {
    if (type === 'ECA1.list') {
      const list = parseRevocationList(payload)
      return list?.school === schoolId && isTimely(list)
    }
    const content = JSON.parse(Buffer.from(payload).toString('utf8'))
    if (type === 'ECA1.policy') {
      const policy = gatePolicySchema.parse(content)
      return policy.school === schoolId && isTimely(policy)
    }
    const keySet = keySetSchema.parse(content)
    const { school, issued, expires } = keySet
    const ends = expires <= issued + KEY_SET_LIFETIME_SECONDS
    return school === schoolId && isTimely(keySet) && ends && isOwn(schoolId, keySet)
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
        credential.keyId === keyId &&
        isNow(credential.notBefore)
      if (!isOfKey) throw new RangeError('not a credential of this key and time')
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
        throw new RangeError('not a document of this key and time')
      }
      return halfOf(schoolId, algorithm, keyId).sign(documentSigningInput(type, payload))
    },
  }
}
