import { createPublicKey, verify } from 'node:crypto'
import type { RootKey } from '@campus-ecode/protocol/access-keys'
import { createSm2Verifier, isSm2Sound } from './sm2-verifier.ts'

/** Checks a signature of 64 bytes under one key of the root or of an issuer. */
export type IssuerVerifier = (input: Uint8Array, signature: Uint8Array) => boolean

/**
 * Prepares a key; make it once and keep it.
 *
 * @returns undefined for a key that cannot be used: malformed, or SM2 where this Node.js gets the
 * published example wrong.
 */
export function createIssuerVerifier({
  algorithm,
  publicKey,
}: RootKey): IssuerVerifier | undefined {
  const bytes = Buffer.from(publicKey, 'base64url')
  try {
    return algorithm === 'sm2' ? createSm2(bytes) : createEd25519(bytes)
  } catch {
    return undefined
  }
}

function createEd25519(bytes: Buffer): IssuerVerifier | undefined {
  if (bytes.length !== 32) return undefined
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') }
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  return (input, signature) => signature.length === 64 && verify(null, input, key, signature)
}

let isSound: boolean | undefined

function createSm2(bytes: Buffer): IssuerVerifier | undefined {
  isSound ??= isSm2Sound()
  if (!isSound || bytes.length !== 65 || bytes[0] !== 4) return undefined
  const check = createSm2Verifier(bytes)
  return (input, signature) => signature.length === 64 && check(input, signature)
}
