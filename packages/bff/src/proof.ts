import { createHash, timingSafeEqual } from 'node:crypto'
import {
  type CryptoKey,
  calculateJwkThumbprint,
  EmbeddedJWK,
  type JWK,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import { LRUCache } from 'lru-cache'
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
    const { payload } = await jwtVerify(proof, findKey(jkt), {
      typ: 'dpop+jwt',
      algorithms: ['ES256'],
      currentDate: new Date(nowMs),
    })
    const { htm, htu, ath, jti, iat } = payload
    if (htm !== method || htu !== url) return invalid('made for another request')
    if (!isHashOf(ath, token)) return invalid('made for another session')
    if (typeof jti !== 'string' || !JTI_PATTERN.test(jti)) return invalid('jti is not a nonce')
    if (typeof iat !== 'number') return invalid('iat is missing')
    if (Math.abs(nowMs / 1000 - iat) > TOLERANCE_SECONDS) return refuse('PROOF_EXPIRED')
    return { ok: true, jti }
  } catch {
    return invalid('not a valid JWS of this key')
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

/**
 * Reading a key costs as much as checking a signature, and a page makes many proofs in its first
 * seconds. Only so many, as each holds 8 KB.
 */
const keys = new LRUCache<string, { x: unknown; y: unknown; key: CryptoKey }>({ max: 2_000 })

function findKey(jkt: string): JWTVerifyGetKey {
  return async (header, token) => {
    const { jwk } = header as { jwk?: JWK }
    if (typeof jwk !== 'object' || jwk === null) throw new Error('no key inside')
    const known = keys.get(jkt)
    if (known && jwk.x === known.x && jwk.y === known.y && !('d' in jwk)) return known.key
    const key = await EmbeddedJWK(header, token)
    if ((await calculateJwkThumbprint(jwk)) !== jkt) throw new Error('another key')
    keys.set(jkt, { x: jwk.x, y: jwk.y, key })
    return key
  }
}

function isHashOf(ath: unknown, token: string): boolean {
  const expected = createHash('sha256').update(token).digest()
  const given = typeof ath === 'string' ? Buffer.from(ath, 'base64url') : Buffer.alloc(0)
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function invalid(reason: string): Refusal {
  return refuse('PROOF_INVALID', { reason: `proof: ${reason}` })
}
