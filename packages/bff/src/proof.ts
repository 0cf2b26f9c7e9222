import { createHash, timingSafeEqual } from 'node:crypto'
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose'
import { type Refusal, refuse } from './refusal.ts'

/**
 * Checks that a request comes from the page whose key the session was opened for (RFC 9449 §4.3).
 *
 * @param proof The `DPoP` header: an ES256 JWS with its public key inside.
 * @param jkt The session's thumbprint.
 * @param url Our configured origin and the path, without query.
 * Refuses: PROOF_INVALID; PROOF_EXPIRED when only the phone's clock is off by more than a minute.
 */
export async function verifyProof(request: ProvedRequest): Promise<VerifiedProof | Refusal> {
  const { proof, token, jkt, method, url, nowMs } = request
  if (proof === undefined || proof.length > PROOF_LENGTH_MAX) return invalid('absent or too long')
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: ['ES256'],
      currentDate: new Date(nowMs),
    })
    const { jwk } = protectedHeader
    if (!jwk || (await calculateJwkThumbprint(jwk)) !== jkt) return invalid('another key')
    const { htm, htu, ath, jti, iat } = payload
    if (htm !== method || htu !== url) return invalid('made for another request')
    if (!isHashOf(ath, token)) return invalid('made for another session')
    if (typeof jti !== 'string' || !JTI_PATTERN.test(jti)) return invalid('jti is not a nonce')
    if (typeof iat !== 'number') return invalid('iat is missing')
    if (Math.abs(nowMs / 1000 - iat) > TOLERANCE_SECONDS) return refuse('PROOF_EXPIRED')
    return { ok: true, jti }
  } catch {
    return invalid('not a valid JWS')
  }
}

export interface ProvedRequest {
  proof: string | undefined
  token: string
  jkt: string
  method: string
  url: string
  nowMs: number
}

export interface VerifiedProof {
  ok: true
  /** The core remembers it for what changes state. */
  jti: string
}

const TOLERANCE_SECONDS = 60
const PROOF_LENGTH_MAX = 2048
/** 96 bits or more, in characters that travel in a header as they are. */
const JTI_PATTERN = /^[\w.~-]{16,128}$/

function isHashOf(ath: unknown, token: string): boolean {
  const expected = createHash('sha256').update(token).digest()
  const given = typeof ath === 'string' ? Buffer.from(ath, 'base64url') : Buffer.alloc(0)
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function invalid(reason: string): Refusal {
  return refuse('PROOF_INVALID', { reason: `proof: ${reason}` })
}
