import { hash } from 'node:crypto'
import { parseDictionary } from 'structured-headers'

/**
 * The `content-digest` field value of a body (RFC 9530 §2), by SHA-256.
 *
 * @param body The bytes as they travel; a string means its UTF-8.
 */
export function createContentDigest(body: Uint8Array | string): string {
  return `sha-256=:${hash('sha256', body, 'base64')}:`
}

/**
 * Whether a received `content-digest` is that of the body.
 *
 * At least one of sha-256 and sha-512 must be there, and every one that is there must match.
 * Other algorithms prove nothing (RFC 9530 §5) and are passed over.
 */
export function matchesContentDigest(field: string, body: Uint8Array | string): boolean {
  // Nearly every message carries exactly what we would write ourselves.
  if (field === createContentDigest(body)) return true
  let digests: ReturnType<typeof parseDictionary>
  try {
    digests = parseDictionary(field)
  } catch {
    return false
  }
  let matched = false
  for (const [name, algorithm] of ALGORITHMS) {
    const member = digests.get(name)
    if (member === undefined) continue
    const [value] = member
    if (!(value instanceof ArrayBuffer)) return false
    if (!Buffer.from(value).equals(hash(algorithm, body, 'buffer'))) return false
    matched = true
  }
  return matched
}

const ALGORITHMS = [
  ['sha-256', 'sha256'],
  ['sha-512', 'sha512'],
] as const
