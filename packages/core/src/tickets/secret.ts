import { createHash, randomBytes } from 'node:crypto'

/**
 * What opens something for whoever has it: the school's id, by which it is found, and 256 random bits, of which
 * we keep a hash.
 */
export function createSecret(schoolId: string): { secret: string; hash: Uint8Array } {
  const secret = schoolId + randomBytes(32).toString('base64url')
  return { secret, hash: hashText(secret) }
}

/** Nothing for what is not in the form of one. */
export function readSecret(secret: string): { schoolId: string; hash: Uint8Array } | undefined {
  const [, schoolId] = /^(\d{4})[\w-]{43}$/.exec(secret) ?? []
  return schoolId ? { schoolId, hash: hashText(secret) } : undefined
}

// Random enough that a plain hash cannot be searched.
export function hashText(text: string): Uint8Array {
  return createHash('sha256').update(text).digest()
}
