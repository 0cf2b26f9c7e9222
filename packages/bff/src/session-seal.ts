import { type Session, scopeSchema } from '@campus-ecode/protocol/sessions'
import { base64UrlSchema, idSchema, schoolIdSchema } from '@campus-ecode/protocol/shapes'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { type Refusal, refuse } from './refusal.ts'
import { createTokenSeal } from './token-seal.ts'

/** The longest a session lives; pages renew it silently. */
export const SESSION_TTL_SECONDS = 600

/** What a token says. It is sealed: the page cannot read it, nobody can change it. */
const claimsSchema = z.object({
  schoolId: schoolIdSchema,
  personId: idSchema,
  /** Of the page's key. None in what a mini-program's own pages get, which have no WebCrypto. */
  jkt: base64UrlSchema.length(43).optional(),
  /** Of those: what their sign-in hangs on, as the core calls it. */
  binding: z.string().optional(),
  scopes: z.array(scopeSchema),
  origins: z.array(z.string()),
})
export type SessionClaims = z.infer<typeof claimsSchema>

export interface OpenSession extends SessionClaims {
  ok: true
  expiresAtMs: number
}

export interface SessionSeal {
  /** @param untilMs When the sign-in ends that it belongs to. */
  seal(claims: SessionClaims, nowMs: number, untilMs?: number): Promise<Session>
  /** Refuses: SESSION_EXPIRED, SESSION_INVALID. */
  open(token: string, nowMs: number): Promise<OpenSession | Refusal>
}

/** Sessions as sealed tokens; the keys as of `createTokenSeal`. */
export async function createSessionSeal(key: string, otherKey?: string): Promise<SessionSeal> {
  const tokens = await createTokenSeal(key, otherKey, {
    type: 'ecode-session',
    schema: claimsSchema,
  })
  // A page sends its token with many requests in its first seconds; opening it each time would double
  // what they cost. Afterwards it is quiet, and 20,000 quiet pages would only take room.
  const opened = new LRUCache<string, OpenSession>({ max: 2_000 })
  return {
    async seal(claims, nowMs, untilMs = Number.POSITIVE_INFINITY) {
      const wishedMs = nowMs + SESSION_TTL_SECONDS * 1000
      const expiresSeconds = Math.floor(Math.min(wishedMs, untilMs) / 1000)
      const token = await tokens.seal(claims, expiresSeconds)
      const expiresAt = new Date(expiresSeconds * 1000).toISOString()
      return { token, expiresAt, scopes: claims.scopes }
    },

    async open(token, nowMs) {
      const session = opened.get(token)
      if (session && nowMs < session.expiresAtMs) return session
      const found = await tokens.open(token, nowMs)
      if (found === 'expired') return refuse('SESSION_EXPIRED')
      if (found === 'invalid') return refuse('SESSION_INVALID')
      const fresh: OpenSession = { ok: true, ...found.claims, expiresAtMs: found.expiresAtMs }
      opened.set(token, fresh)
      return fresh
    },
  }
}
