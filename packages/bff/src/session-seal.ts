import { createHash, webcrypto } from 'node:crypto'
import { scopeSchema } from '@campus-ecode/protocol/sessions'
import { base64UrlSchema, idSchema, schoolIdSchema } from '@campus-ecode/protocol/shapes'
import { EncryptJWT, errors, jwtDecrypt } from 'jose'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { type Refusal, refuse } from './refusal.ts'

/** The longest a session lives; pages renew it silently. */
export const SESSION_TTL_SECONDS = 600

/** What a token says. It is sealed: the page cannot read it, nobody can change it. */
const claimsSchema = z.object({
  schoolId: schoolIdSchema,
  personId: idSchema,
  jkt: base64UrlSchema.length(43),
  scopes: z.array(scopeSchema),
  origins: z.array(z.string()),
})
export type SessionClaims = z.infer<typeof claimsSchema>

export interface OpenSession extends SessionClaims {
  ok: true
  expiresAtMs: number
}

export interface SessionSeal {
  seal(claims: SessionClaims, nowMs: number): Promise<{ token: string; expiresAt: string }>
  /** Refuses: SESSION_EXPIRED, SESSION_INVALID. */
  open(token: string, nowMs: number): Promise<OpenSession | Refusal>
}

/**
 * Seals sessions into JWE tokens (RFC 7516, `dir` with A256GCM), so that no process keeps any.
 *
 * @param key 32 bytes as base64url; seals and opens.
 * @param otherKey Opens only: the key before, or the one to come, while keys rotate.
 */
export async function createSessionSeal(key: string, otherKey?: string): Promise<SessionSeal> {
  const current = await importKey(key)
  const known = new Map([current, ...(otherKey ? [await importKey(otherKey)] : [])])
  const [kid, sealingKey] = current
  // A page sends its token with many requests in its first seconds; opening it each time would double
  // what they cost. Afterwards it is quiet, and 20,000 quiet pages would only take room.
  const opened = new LRUCache<string, OpenSession>({ max: 2_000 })
  return {
    async seal(claims, nowMs) {
      const expiresSeconds = Math.floor(nowMs / 1000) + SESSION_TTL_SECONDS
      const token = await new EncryptJWT({ ...claims })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: TYPE, kid })
        .setExpirationTime(expiresSeconds)
        .encrypt(sealingKey)
      return { token, expiresAt: new Date(expiresSeconds * 1000).toISOString() }
    },

    async open(token, nowMs) {
      const session = opened.get(token)
      if (session && nowMs < session.expiresAtMs) return session
      try {
        const { payload } = await jwtDecrypt(
          token,
          (header) => {
            const found = known.get(header.kid ?? '')
            if (!found) throw new errors.JWEInvalid('unknown key')
            return found
          },
          {
            typ: TYPE,
            keyManagementAlgorithms: ['dir'],
            contentEncryptionAlgorithms: ['A256GCM'],
            requiredClaims: ['exp'],
            currentDate: new Date(nowMs),
          },
        )
        const expiresAtMs = (payload.exp ?? 0) * 1000
        const claims = claimsSchema.parse(payload)
        const fresh: OpenSession = { ok: true, ...claims, expiresAtMs }
        opened.set(token, fresh)
        return fresh
      } catch (error) {
        return refuse(error instanceof errors.JWTExpired ? 'SESSION_EXPIRED' : 'SESSION_INVALID')
      }
    },
  }
}

const TYPE = 'ecode-session'

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
