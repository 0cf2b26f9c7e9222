import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'

/**
 * Checks signatures under one key.
 *
 * This pair of interfaces is the seam for other algorithms: a provider (SM2, say) makes objects of
 * this shape and nothing else changes. The algorithm belongs to the key and is never read from a
 * message, so that one key cannot be used as another kind.
 */
export interface VerifyingKey {
  readonly keyId: string
  /** Name in the HTTP Signature Algorithms registry (RFC 9421 §6.2), or a provider's own. */
  readonly algorithm: string
  /** @param base Signature base, ASCII. Compares in constant time where a secret is involved. */
  verify(base: string, signature: Uint8Array): boolean
}

/** Makes signatures, and checks them. */
export interface SigningKey extends VerifyingKey {
  sign(base: string): Uint8Array
}

/** A shared key, 32 to 64 random bytes as base64url; 32 is what we issue. */
export interface HmacKeyMaterial {
  keyId: string
  algorithm: 'hmac-sha256'
  secret: string
}

/** A private key as PKCS #8 PEM or as Node's key object. */
export interface Ed25519PrivateMaterial {
  keyId: string
  algorithm: 'ed25519'
  privateKey: string | KeyObject
}

/** A public key as SPKI PEM or as Node's key object. */
export interface Ed25519PublicMaterial {
  keyId: string
  algorithm: 'ed25519'
  publicKey: string | KeyObject
}

/**
 * Prepares a key that signs and verifies. Make it once and keep it: preparing costs more than signing.
 *
 * Throws TypeError on unusable material, with a message that holds none of it.
 */
export function createSigningKey(material: HmacKeyMaterial | Ed25519PrivateMaterial): SigningKey {
  if (material.algorithm === 'hmac-sha256') return createHmacKey(material)
  const privateKey = readEd25519(material.privateKey, 'private')
  return {
    ...createEd25519Verifier(material.keyId, createPublicKey(privateKey)),
    sign: (base) => sign(null, Buffer.from(base, 'latin1'), privateKey),
  }
}

/** Prepares a key that verifies only; a shared key can always do both. Make it once and keep it. */
export function createVerifyingKey(
  material: HmacKeyMaterial | Ed25519PublicMaterial,
): VerifyingKey {
  if (material.algorithm === 'hmac-sha256') return createHmacKey(material)
  return createEd25519Verifier(material.keyId, readEd25519(material.publicKey, 'public'))
}

/** Key ids as they may travel in `keyid`: nothing that needs escaping in a structured field. */
export const KEY_ID_PATTERN = /^[\w.:@/+=-]{1,128}$/

function createHmacKey({ keyId, secret }: HmacKeyMaterial): SigningKey {
  checkKeyId(keyId)
  const bytes = Buffer.from(secret, 'base64url')
  // Beyond its block of 64 bytes HMAC would hash the key down, which nobody expects.
  if (bytes.toString('base64url') !== secret || bytes.length < 32 || bytes.length > 64) {
    throw new TypeError('An hmac-sha256 secret is 32 to 64 bytes as base64url')
  }
  const key = createSecretKey(bytes)
  const digest = (base: string) => createHmac('sha256', key).update(base, 'latin1').digest()
  return {
    keyId,
    algorithm: 'hmac-sha256',
    sign: digest,
    verify: (base, signature) =>
      signature.length === 32 && timingSafeEqual(digest(base), signature),
  }
}

function createEd25519Verifier(keyId: string, publicKey: KeyObject): VerifyingKey {
  checkKeyId(keyId)
  return {
    keyId,
    algorithm: 'ed25519',
    verify: (base, signature) => verify(null, Buffer.from(base, 'latin1'), publicKey, signature),
  }
}

function readEd25519(material: string | KeyObject, type: 'private' | 'public'): KeyObject {
  const key = material instanceof KeyObject ? material : parsePem(material, type)
  // createPublicKey() would quietly take a private PEM; a verifier should never have held one.
  if (key?.type !== type || key.asymmetricKeyType !== 'ed25519') {
    throw new TypeError(`An ed25519 key is given as a ${type} key, in PEM or as a key object`)
  }
  return key
}

function parsePem(pem: string, type: 'private' | 'public'): KeyObject | undefined {
  try {
    if (type === 'private') return createPrivateKey(pem)
    return pem.includes('PRIVATE KEY') ? undefined : createPublicKey(pem)
  } catch {
    // OpenSSL's own error can quote what it was given.
    return undefined
  }
}

function checkKeyId(keyId: string): void {
  if (!KEY_ID_PATTERN.test(keyId))
    throw new TypeError('A key id is 1 to 128 of A-Z a-z 0-9 _.:@/+=-')
}
