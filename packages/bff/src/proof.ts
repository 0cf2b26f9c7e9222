import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { type Refusal, refuse } from './refusal.ts'

/**
 * Checks that a request comes from the page whose key the session was opened for (RFC 9449 §4.3).
 *
 * @param proof The `DPoP` header: an ES256 JWS with its public key inside.
 * @param jkt The session's thumbprint.
 * @param url Our configured origin and the path, without query.
 * Refuses: PROOF_INVALID; PROOF_EXPIRED when only the phone's clock is off by more than a minute.
 */
export function verifyProof(request: ProvedRequest): VerifiedProof | Refusal {
  const { proof, token, jkt, method, url, nowMs } = request
  if (proof === undefined || proof.length > PROOF_LENGTH_MAX) return invalid('absent or too long')
  try {
    if (!isSigned(proof, jkt)) return invalid('not a valid JWS of this key')
    const { htm, htu, ath, jti, iat, exp, nbf } = decodeJwt(proof)
    if (htm !== method || htu !== url) return invalid('made for another request')
    if (ath !== hash('sha256', token, 'base64url')) return invalid('made for another session')
    if (typeof jti !== 'string' || !JTI_PATTERN.test(jti)) return invalid('jti is not a nonce')
    if (typeof iat !== 'number') return invalid('iat is missing')
    const nowSeconds = nowMs / 1000
    // DPoP has no use for these two, but where they stand they hold (RFC 7519 §4.1).
    if (!(Number(exp ?? Number.POSITIVE_INFINITY) > nowSeconds && Number(nbf ?? 0) <= nowSeconds)) {
      return invalid('not now')
    }
    if (Math.abs(nowSeconds - iat) > TOLERANCE_SECONDS) return refuse('PROOF_EXPIRED')
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
 * The signature (RFC 7515 §5.2), checked here and now: to hand those 70 µs to another thread and wait
 * costs as much again.
 */
function isSigned(proof: string, jkt: string): boolean {
  const [header = '', payload = '', signature = '', ...rest] = proof.split('.')
  const key = rest.length === 0 && findKey(proof, header, jkt)
  if (!key) return false
  const text = Buffer.from(`${header}.${payload}`, 'latin1')
  const bytes = Buffer.from(signature, 'base64url')
  return verify('sha256', text, { key, dsaEncoding: 'ieee-p1363' }, bytes)
}

/**
 * Reading a key costs as much as checking a signature, and a page makes many proofs in its first
 * seconds, all under one header. Only so many, as each holds 5 KB.
 */
const known = new LRUCache<string, { header: string; key: KeyObject }>({ max: 2_000 })

function findKey(proof: string, header: string, jkt: string): KeyObject | undefined {
  const before = known.get(jkt)
  if (before?.header === header) return before.key
  const checked = headerSchema.safeParse(decodeProtectedHeader(proof))
  if (!checked.success) return undefined
  const { crv, kty, x, y } = checked.data.jwk
  // RFC 7638 §3: exactly these members in this order.
  const jwk = { crv, kty, x, y }
  if (hash('sha256', JSON.stringify(jwk), 'base64url') !== jkt) return undefined
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  known.set(jkt, { header, key })
  return key
}

const headerSchema = z.object({
  typ: z.literal('dpop+jwt'),
  alg: z.literal('ES256'),
  crit: z.undefined().optional(),
  jwk: z.object({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: z.string(),
    y: z.string(),
    // A private key has no business here.
    d: z.undefined().optional(),
  }),
})

function invalid(reason: string): Refusal {
  return refuse('PROOF_INVALID', { reason: `proof: ${reason}` })
}
