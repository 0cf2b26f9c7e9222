import { createHash, webcrypto } from 'node:crypto'
import { EncryptJWT, errors, jwtDecrypt } from 'jose'
import type { z } from 'zod'

/** Says the same to every process that has the key, and nothing to anybody else. */
export interface TokenSeal<T> {
  seal(claims: T, expiresSeconds: number): Promise<string>
  open(token: string, nowMs: number): Promise<Opened<T>>
}

export type Opened<T> = { claims: T; expiresAtMs: number } | 'expired' | 'invalid'

/**
 * Seals claims into JWE tokens (RFC 7516, `dir` with A256GCM), so that no process keeps any.
 *
 * @param key 32 bytes as base64url; seals and opens.
 * @param otherKey Opens only: the key before, or the one to come, while keys rotate.
 * @param type What the token is for; a token of another type is not opened.
 */
export async function createTokenSeal<T extends Record<string, unknown>>(
  key: string,
  otherKey: string | undefined,
  { type, schema }: { type: string; schema: z.ZodType<T> },
): Promise<TokenSeal<T>> {
  const current = await importKey(key)
  const known = new Map([current, ...(otherKey ? [await importKey(otherKey)] : [])])
  const [kid, sealingKey] = current
  return {
    seal: (claims, expiresSeconds) =>
      new EncryptJWT({ ...claims })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: type, kid })
        .setExpirationTime(expiresSeconds)
        .encrypt(sealingKey),

    async open(token, nowMs) {
      try {
        const { payload } = await jwtDecrypt(
          token,
          (header) => {
            const found = known.get(header.kid ?? '')
            if (!found) throw new errors.JWEInvalid('unknown key')
            return found
          },
          {
            typ: type,
            keyManagementAlgorithms: ['dir'],
            contentEncryptionAlgorithms: ['A256GCM'],
            requiredClaims: ['exp'],
            currentDate: new Date(nowMs),
          },
        )
        return { claims: schema.parse(payload), expiresAtMs: (payload.exp ?? 0) * 1000 }
      } catch (error) {
        return error instanceof errors.JWTExpired ? 'expired' : 'invalid'
      }
    },
  }
}

async function importKey(key: string): Promise<[kid: string, key: webcrypto.CryptoKey]> {
  const bytes = Buffer.from(key, 'base64url')
  // Names the key without giving any of it away.
  const kid = createHash('sha256').update('ecode-session').update(bytes).digest('base64url')
  const imported = await webcrypto.subtle.importKey('raw', bytes, 'AES-GCM', false, [
    'encrypt',
    'decrypt',
  ])
  return [kid.slice(0, 8), imported]
}
