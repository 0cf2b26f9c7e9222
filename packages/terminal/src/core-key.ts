import {
  createSigningKey,
  type SigningKey,
  type VerifyingKey,
} from '@campus-ecode/protocol/signing-key'

/** A key that the core shares with us (HMAC-SHA-256); it signs the answers as well. */
export interface SharedKey {
  keyId: string
  /** 32 random bytes as base64url. */
  secret: string
}

/** Any other kind of key, from createSigningKey() or from a provider of one's own. */
export interface OwnKey {
  key: SigningKey
  /** What the core signs its answers with. */
  coreKeys: readonly VerifyingKey[]
}

/** Throws TypeError for a secret that cannot be used. */
export function readCoreKey(given: SharedKey | OwnKey): OwnKey {
  if ('key' in given) return given
  const { keyId, secret } = given
  const key = createSigningKey({ keyId, algorithm: 'hmac-sha256', secret })
  return { key, coreKeys: [key] }
}
