import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import type { AccessAlgorithm } from '@campus-ecode/protocol/access-code'
import { createSm2Signer } from './sm2-signer.ts'

/** A signature algorithm of access codes, whose private keys come from derived bits. */
export interface Signer {
  /** Derived bits that a private key is made of. */
  seedBytes: number
  createKey(seed: Uint8Array): SigningHalf
}

/** A private key that can be used and not read. */
export interface SigningHalf {
  /** As gates get it: docs/codes.md, "What gates are told". */
  publicKey: Uint8Array
  /** @returns 64 bytes. */
  sign(input: Uint8Array): Uint8Array
}

/** The algorithm cannot be used on this machine. */
export class AlgorithmUnavailable extends Error {
  override name = 'AlgorithmUnavailable'
}

/** RFC 8410: what stands before a seed in PKCS#8. */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

const ed25519: Signer = {
  seedBytes: 32,
  createKey(seed) {
    const der = Buffer.concat([ED25519_PKCS8, seed])
    const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
    return {
      publicKey: new Uint8Array(Buffer.from(x, 'base64url')),
      sign: (input) => new Uint8Array(sign(null, input, privateKey)),
    }
  },
}

/** All there are; one that is not to be trusted here throws AlgorithmUnavailable when it is used. */
export function createSigners(): Record<AccessAlgorithm, () => Signer> {
  const sm2 = createSm2Signer()
  return {
    ed25519: () => ed25519,
    sm2() {
      if (!sm2) throw new AlgorithmUnavailable('SM2 does not compute its standard’s example here')
      return sm2
    },
  }
}
