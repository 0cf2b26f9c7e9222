import type { KeyObject } from 'node:crypto'
import {
  type AccessAlgorithm,
  type AccessCode,
  credentialSigningInput,
} from '@campus-ecode/protocol/access-code'
import type { KeySet } from '@campus-ecode/protocol/access-keys'
import { LRUCache } from 'lru-cache'
import { readDeviceKey } from './device-key.ts'
import { createIssuerVerifier, type IssuerVerifier } from './issuer-verifier.ts'

/** A key set, ready to verify with. */
export interface KeyRing {
  readonly set: KeySet
  /**
   * The key of this id and algorithm, if it can be used and is in its time.
   *
   * @param now Unix seconds; `any` for what was taken in its time.
   */
  find(
    keyId: number | null,
    algorithm: AccessAlgorithm,
    now: number | 'any',
  ): IssuerVerifier | undefined
  /**
   * The phone's key out of a credential that `issuer` has signed. Remembered, so that who comes again is
   * let in with one verification fewer; ends with this key set, so that a withdrawn key ends too.
   *
   * @returns `forged` when the issuer has not signed it, `no-point` when the key in it is none.
   */
  readCredential(code: AccessCode, issuer: IssuerVerifier): KeyObject | 'forged' | 'no-point'
}

/** Only what an issuer has signed gets in, so that nobody can push others out by scanning nonsense. */
const REMEMBERED_MAX = 5_000

export function createKeyRing(set: KeySet): KeyRing {
  const issuers = set.keys.map((key) => ({ key, verify: createIssuerVerifier(key) }))
  const remembered = new LRUCache<string, KeyObject | 'no-point'>({ max: REMEMBERED_MAX })
  return {
    set,
    find(keyId, algorithm, now) {
      const isIt = ({ key }: (typeof issuers)[number]) =>
        key.keyId === keyId &&
        key.algorithm === algorithm &&
        (now === 'any' || (key.notBefore <= now && now < key.notAfter))
      return issuers.find(isIt)?.verify
    },
    readCredential({ body, issuerSignature, devicePublicKey }, issuer) {
      // Body and signature, whole: nothing shorter says that it is this credential.
      const name = latin1(body) + latin1(issuerSignature)
      const known = remembered.get(name)
      if (known) return known
      if (!issuer(credentialSigningInput(body), issuerSignature)) return 'forged'
      const key = readDeviceKey(devicePublicKey) ?? 'no-point'
      remembered.set(name, key)
      return key
    },
  }
}

function latin1({ buffer, byteOffset, length }: Uint8Array<ArrayBuffer>): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1')
}
