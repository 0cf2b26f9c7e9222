import { collectionSigningInput } from '@campus-ecode/protocol/collection-link'
import { createSigners, type SigningHalf } from './signer.ts'

/**
 * Signs merchants' static codes (R24), each school's and key id's by a key of its own. What is signed is
 * written here, label included, so that nothing else can be had under these keys.
 *
 * @param derive Bits under a name, always the same.
 */
export function createCollectionOperations(derive: (name: string, length: number) => Uint8Array) {
  const signer = createSigners().ed25519()
  const halves = new Map<string, SigningHalf>()
  const halfOf = (schoolId: string, keyId: number) => {
    const name = `collection|${schoolId}|${keyId}`
    const half = halves.get(name) ?? signer.createKey(derive(name, signer.seedBytes))
    halves.set(name, half)
    return half
  }
  return {
    collectionKey: (schoolId: string, keyId: number) => halfOf(schoolId, keyId).publicKey,

    signCollection(schoolId: string, keyId: number, merchant: string, terminal: string) {
      const link = { origin: '', school: schoolId, merchant, terminal, keyId: String(keyId) }
      return halfOf(schoolId, keyId).sign(collectionSigningInput(link))
    },
  }
}
