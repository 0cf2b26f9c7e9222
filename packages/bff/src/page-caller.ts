import type { IncomingMessage } from 'node:http'
import type { Scope } from '@campus-ecode/protocol/sessions'
import { namePerson } from './event-relay.ts'
import { verifyProof } from './proof.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { OpenSession, SessionSeal } from './session-seal.ts'

/** A page that holds a live session, its key, and is on an origin its school has listed. */
export interface PageCaller {
  ok: true
  session: OpenSession
  proofJti: string
}

/**
 * Finds out who calls, in this order.
 *
 * Refuses: METHOD_NOT_ALLOWED, SESSION_MISSING, SESSION_INVALID, SESSION_EXPIRED, ORIGIN_NOT_ALLOWED, PROOF_INVALID,
 * PROOF_EXPIRED, RATE_LIMITED, SCOPE_MISSING.
 */
export async function identifyPage(
  incoming: IncomingMessage,
  scope: Scope | undefined,
  { seal, origin, rateLimit, nowMs }: PageCallerOptions,
): Promise<PageCaller | Refusal> {
  const { headers, method = '', url = '' } = incoming
  // Routers take HEAD for GET; here it would open streams that carry nothing.
  if (method === 'HEAD') return refuse('METHOD_NOT_ALLOWED')
  const token = /^DPoP ([\w.-]{1,4096})$/i.exec(headers.authorization ?? '')?.[1]
  if (token === undefined) return refuse('SESSION_MISSING')
  const now = nowMs()
  const session = await seal.open(token, now)
  if (!session.ok) return session
  // Browsers always send it across origins. Without it this is no page of another origin.
  if (headers.origin !== undefined && !session.origins.includes(headers.origin)) {
    return refuse('ORIGIN_NOT_ALLOWED')
  }
  const proved = await verifyProof({
    proof: typeof headers.dpop === 'string' ? headers.dpop : undefined,
    token,
    jkt: session.jkt,
    method,
    url: origin + url.replace(/\?.*$/, ''),
    nowMs: now,
  })
  if (!proved.ok) return proved
  const retryAfterSeconds = rateLimit(namePerson(session))
  if (retryAfterSeconds > 0) return refuse('RATE_LIMITED', { retryAfterSeconds })
  if (scope !== undefined && !session.scopes.includes(scope)) return refuse('SCOPE_MISSING')
  return { ok: true, session, proofJti: proved.jti }
}

export interface PageCallerOptions {
  seal: SessionSeal
  /** Our configured origin; what the request says of itself is not asked. */
  origin: string
  rateLimit: (key: string) => number
  nowMs: () => number
}
