import type { IncomingMessage } from 'node:http'
import { refusalWithout, type Scope } from '@campus-ecode/protocol/sessions'
import { namePerson } from './event-relay.ts'
import { verifyProof } from './proof.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { OpenSession, SessionSeal } from './session-seal.ts'

/**
 * A page that holds a live session, its key, and is on an origin its school has listed; or a mini-program's
 * own page, which has no key and sends no proof.
 */
export interface PageCaller {
  ok: true
  session: OpenSession
  proofJti?: string
}

/** What a route wants of its caller. */
export interface Wanted {
  scope?: Scope | undefined
  /** Whether it is one of the few that go without a page key. */
  keyless?: boolean
}

/**
 * Finds out who calls, in this order.
 *
 * Refuses: METHOD_NOT_ALLOWED, SESSION_MISSING, SESSION_INVALID, SESSION_EXPIRED, ORIGIN_NOT_ALLOWED, PROOF_INVALID,
 * PROOF_EXPIRED, SESSION_KEY_MISSING, RATE_LIMITED, SCOPE_MISSING, COLLECTION_NOT_HERE.
 */
export async function identifyPage(
  incoming: IncomingMessage,
  { scope, keyless = false }: Wanted,
  options: PageCallerOptions,
): Promise<PageCaller | Refusal> {
  const { headers, method = '', url = '' } = incoming
  // Routers take HEAD for GET; here it would open streams that carry nothing.
  if (method === 'HEAD') return refuse('METHOD_NOT_ALLOWED')
  const [, scheme = '', token] = AUTHORIZATION.exec(headers.authorization ?? '') ?? []
  if (token === undefined) return refuse('SESSION_MISSING')
  const now = options.nowMs()
  const session = await options.seal.open(token, now)
  if (!session.ok) return session
  const { jkt } = session
  const hasKey = jkt !== undefined
  // A token that leaks is not made good by leaving its key out.
  if (hasKey !== (scheme.toLowerCase() === 'dpop')) {
    return refuse('SESSION_MISSING', { reason: 'sent by the other scheme' })
  }
  let proofJti: string | undefined
  if (hasKey) {
    // Browsers always send it across origins. Without it this is no page of another origin.
    const { origin: from } = headers
    if (from !== undefined && from !== options.origin && !session.origins.includes(from)) {
      return refuse('ORIGIN_NOT_ALLOWED')
    }
    const proved = await verifyProof({
      proof: typeof headers.dpop === 'string' ? headers.dpop : undefined,
      token,
      jkt,
      method,
      url: options.origin + url.replace(/\?.*$/, ''),
      nowMs: now,
    })
    if (!proved.ok) return proved
    proofJti = proved.jti
  } else {
    // A page of the web can have a key, so it has to.
    if (headers.origin !== undefined) return refuse('ORIGIN_NOT_ALLOWED')
    if (!keyless) return refuse('SESSION_KEY_MISSING')
  }
  const retryAfterSeconds = options.rateLimit(namePerson(session))
  if (retryAfterSeconds > 0) return refuse('RATE_LIMITED', { retryAfterSeconds })
  if (scope !== undefined && !session.scopes.includes(scope)) {
    return refuse(refusalWithout(scope))
  }
  return { ok: true, session, ...(proofJti !== undefined && { proofJti }) }
}

const AUTHORIZATION = /^(DPoP|Bearer) ([\w.-]{1,4096})$/i

export interface PageCallerOptions {
  seal: SessionSeal
  /** Our configured origin; what the request says of itself is not asked. */
  origin: string
  rateLimit: (key: string) => number
  nowMs: () => number
}
