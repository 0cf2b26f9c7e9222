import { createHash, randomBytes } from 'node:crypto'

/** A ticket or a page's secret: which approval it is for, and 256 random bits of which we keep a hash. */
export interface PageToken {
  token: string
  hash: Uint8Array
}

export function createPageToken(schoolId: string, approvalId: string): PageToken {
  const secret = randomBytes(32)
  const token = [schoolId, approvalId, secret.toString('base64url')].join('.')
  return { token, hash: hashSecret(secret) }
}

const FORM = /^(\d{4})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([\w-]{43})$/

/** Nothing for what is not in the form of one. */
export function readPageToken(
  token: string,
): { schoolId: string; approvalId: string; hash: Uint8Array } | undefined {
  const [, schoolId, approvalId, secret] = FORM.exec(token) ?? []
  if (!schoolId || !approvalId || !secret) return undefined
  return { schoolId, approvalId, hash: hashSecret(Buffer.from(secret, 'base64url')) }
}

// Random enough that a plain hash cannot be searched, and that comparing hashes in SQL tells nothing.
function hashSecret(secret: Uint8Array): Uint8Array {
  return createHash('sha256').update(secret).digest()
}
