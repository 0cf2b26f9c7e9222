import { createHash, randomBytes } from 'node:crypto'

/**
 * What a journey carries to WeChat and back, letters and digits alone: the school, and 256 random bits of
 * which we keep a hash.
 */
export function createSignInState(schoolId: string): { state: string; hash: Uint8Array } {
  const secret = randomBytes(32).toString('hex')
  return { state: schoolId + secret, hash: hashSecret(secret) }
}

/** Nothing for what is not in the form of one. */
export function readSignInState(state: string): { schoolId: string; hash: Uint8Array } | undefined {
  const [, schoolId, secret] = /^(\d{4})([0-9a-f]{64})$/.exec(state) ?? []
  return schoolId && secret ? { schoolId, hash: hashSecret(secret) } : undefined
}

/** What the page confirms with that somebody comes back to who shall pay by WeChat: 256 random bits. */
export function createSignInToken(): { token: string; hash: Uint8Array } {
  const token = randomBytes(32).toString('base64url')
  return { token, hash: hashSecret(token) }
}

// Random enough that a plain hash cannot be searched.
export function hashSecret(secret: string): Uint8Array {
  return createHash('sha256').update(secret).digest()
}
