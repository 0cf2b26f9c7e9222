import { randomFillSync } from 'node:crypto'
import { createContentDigest, matchesContentDigest } from './content-digest.ts'
import {
  createSignatureBase,
  type MessageHeaders,
  NONCE_PATTERN,
  parseSignature,
  type ReadComponent,
  readField,
} from './received-signature.ts'
import { authorityOf, parseRequestTarget } from './request-target.ts'
import type { SigningKey, VerifyingKey } from './signing-key.ts'

/**
 * Signs a request between services (RFC 9421, RFC 9530).
 *
 * Covers `@method`, `@authority`, `@path`, `@query`; `content-type` and `content-digest` where the
 * message has them (always with a body); and every `ecode-*` header. Whatever else the receiver
 * should believe belongs in the target, the body or an `ecode-*` header: the rest is not protected.
 *
 * @param origin The configured origin of the receiver; `target` is the path and query, which go on
 * the request line exactly as given.
 * @param headers In lower case, everything that is to be covered; `content-type` with a body.
 * @param body The bytes as they travel. Empty is the same as none.
 * @returns Headers to add, and `signature`, which verifyResponse() needs.
 * Throws TypeError for a request that cannot be signed: that is a fault of the caller.
 */
export function signRequest(request: RequestToSign): Signed {
  const { method, origin, target, body, key, nowMs, nonce = createNonce() } = request
  const parts = parseRequestTarget(target)
  if (!parts || !METHOD.test(method)) throw new TypeError('The method or target cannot be signed')
  if (!NONCE_PATTERN.test(nonce)) throw new TypeError('A nonce is 16 to 128 visible characters')
  return sign(
    [
      ['"@method"', method],
      ['"@authority"', authorityOf(origin)],
      ['"@path"', parts.path],
      ['"@query"', parts.query],
    ],
    { headers: request.headers, body, key, nowMs, nonce, tag: REQUEST_TAG },
  )
}

/**
 * Checks that a request comes from the holder of a key and arrived as it was sent.
 *
 * Call checkRequestTarget() first on what Node received. The caller remembers (keyId, nonce) until
 * createdSeconds plus the tolerance has passed and refuses to see it twice; nothing is kept here.
 *
 * @param origin Our own configured origin, never what the request claims.
 * @param target Path and query exactly as received (`incoming.url`).
 * @param headers As Node gives them: every name in lower case, none left out.
 * @param body The bytes as received. Empty is the same as none.
 * Refuses: SIGNATURE_MISSING, SIGNATURE_INVALID, SIGNATURE_EXPIRED, KEY_UNKNOWN, DIGEST_MISMATCH,
 * in this order of checks: form, time, key, signature, digest. `reason` is for logs.
 */
export async function verifyRequest(request: RequestToVerify): Promise<VerifiedRequest | Refusal> {
  const { method, origin, target, headers } = request
  const parts = parseRequestTarget(target)
  if (!parts || !METHOD.test(method)) return invalid('the method or target cannot be signed')
  const values = new Map([
    ['@method', method],
    ['@authority', authorityOf(origin)],
    ['@path', parts.path],
    ['@query', parts.query],
  ])
  const verified = await verify(request, {
    tag: REQUEST_TAG,
    required: [...values.keys()],
    read: (name, parameters) =>
      parameters.size > 0 ? undefined : (values.get(name) ?? readField(headers, name)),
  })
  if (!verified.ok) return verified
  const { nonce, ...rest } = verified
  return nonce === undefined ? invalid('the nonce is missing') : { ...rest, nonce }
}

/**
 * Signs the answer to a request and binds it to that request's signature (RFC 9421 §2.4).
 *
 * Covers `@status`, the request's signature, and headers and body as in signRequest().
 *
 * @param requestSignature `signature` of verifyRequest().
 * @param body The bytes as they travel; undefined for a stream, whose content stays unprotected.
 */
export function signResponse(response: ResponseToSign): Signed {
  const { status, headers, body, requestSignature, key, nowMs } = response
  const bound = splitMember(requestSignature)
  return sign(
    [
      ['"@status"', String(status)],
      [`"signature";req;key="${bound.label}"`, bound.value],
    ],
    { headers, body, key, nowMs, tag: RESPONSE_TAG },
  )
}

/**
 * Checks that an answer comes from the holder of a key and answers this very request.
 *
 * An answer that is refused here says nothing about what happened: treat it as no answer.
 *
 * @param requestSignature `signature` of signRequest().
 * Refuses: as verifyRequest().
 */
export async function verifyResponse(
  response: ResponseToVerify,
): Promise<VerifiedResponse | Refusal> {
  const { status, headers } = response
  const bound = splitMember(response.requestSignature)
  const verified = await verify(response, {
    tag: RESPONSE_TAG,
    required: ['@status', BINDING],
    read: (name, parameters) => {
      if (name === '@status' && parameters.size === 0) return String(status)
      if (parameters.size === 0) return readField(headers, name)
      const binds =
        name === 'signature' &&
        parameters.size === 2 &&
        parameters.get('req') === true &&
        parameters.get('key') === bound.label
      return binds ? bound.value : undefined
    },
  })
  return verified.ok
    ? { ok: true, keyId: verified.keyId, createdSeconds: verified.createdSeconds }
    : verified
}

export interface RequestToSign {
  method: string
  origin: string
  target: string
  headers: MessageHeaders
  body?: Uint8Array | string | undefined
  key: SigningKey
  nowMs: number
  /** 128 random bits by default. */
  nonce?: string
}

export interface ResponseToSign {
  status: number
  headers: MessageHeaders
  body?: Uint8Array | string | undefined
  requestSignature: string
  key: SigningKey
  nowMs: number
}

export interface Signed {
  /** `signature-input`, `signature` and, with a body, `content-digest`. */
  headers: Record<string, string>
  /** The signature as the other side will name it, `label=:base64:`. */
  signature: string
}

interface Received {
  headers: MessageHeaders
  body?: Uint8Array | string | undefined
  findKey: (keyId: string) => VerifyingKey | undefined | Promise<VerifyingKey | undefined>
  nowMs: number
  /** How far `created` may be off either way; 60 by default. */
  toleranceSeconds?: number
}

export interface RequestToVerify extends Received {
  method: string
  origin: string
  target: string
}

export interface ResponseToVerify extends Received {
  status: number
  requestSignature: string
}

export interface VerifiedResponse {
  ok: true
  keyId: string
  createdSeconds: number
}

export interface VerifiedRequest extends VerifiedResponse {
  nonce: string
  /** For signResponse(), and the same for a byte-identical replay. */
  signature: string
}

export interface Refusal {
  ok: false
  code:
    | 'SIGNATURE_MISSING'
    | 'SIGNATURE_INVALID'
    | 'SIGNATURE_EXPIRED'
    | 'KEY_UNKNOWN'
    | 'DIGEST_MISMATCH'
  /** What exactly, in fixed words that hold nothing of the message. */
  reason: string
}

const REQUEST_TAG = 'ecode'
const RESPONSE_TAG = 'ecode-response'
const LABEL = 'ecode'
const METHOD = /^[A-Z]{1,16}$/
const FIELD_NAME = /^[a-z0-9_-]{1,128}$/
/** How verify() names the component that binds an answer to its request. */
const BINDING = 'signature;req'
const TOLERANCE_SECONDS = 60

interface ToSign {
  headers: MessageHeaders
  body: Uint8Array | string | undefined
  key: SigningKey
  nowMs: number
  tag: string
  nonce?: string
}

function sign(components: [identifier: string, value: string][], message: ToSign): Signed {
  const { body, key, nowMs, tag, nonce } = message
  const added: Record<string, string> = hasBody(body)
    ? { 'content-digest': createContentDigest(body) }
    : {}
  const headers = { ...message.headers, ...added }
  for (const name of listFields(headers, body)) {
    const value = readField(headers, name)
    if (value === undefined || !FIELD_NAME.test(name)) {
      throw new TypeError(`Header ${name} is missing or cannot be signed`)
    }
    components.push([`"${name}"`, value])
  }

  let identifiers = ''
  let base = ''
  for (const [identifier, value] of components) {
    identifiers += identifiers === '' ? identifier : ` ${identifier}`
    base += `${identifier}: ${value}\n`
  }
  const nonceParameter = nonce === undefined ? '' : `;nonce="${nonce}"`
  const signatureParams = `(${identifiers});created=${Math.floor(nowMs / 1000)}${nonceParameter};keyid="${key.keyId}";alg="${key.algorithm}";tag="${tag}"`
  base += `"@signature-params": ${signatureParams}`

  const signature = `${LABEL}=:${toBase64(key.sign(base))}:`
  added['signature-input'] = `${LABEL}=${signatureParams}`
  added.signature = signature
  return { headers: added, signature }
}

interface Expected {
  tag: string
  required: string[]
  read: ReadComponent
}

interface Verified extends VerifiedResponse {
  nonce: string | undefined
  signature: string
}

async function verify(message: Received, expected: Expected): Promise<Verified | Refusal> {
  const { headers, body, findKey, nowMs, toleranceSeconds = TOLERANCE_SECONDS } = message
  const received = parseSignature(headers, expected.tag)
  if (received === 'missing') return refuse('SIGNATURE_MISSING', 'no signature carries our tag')
  if (received === 'malformed') return invalid('the signature fields are malformed')
  const required = [...expected.required, ...listFields(headers, body)]
  const signed = createSignatureBase(received, required, expected.read)
  if ('reason' in signed) return invalid(signed.reason)

  const { keyId, created, expires } = received
  const nowSeconds = Math.floor(nowMs / 1000)
  if (Math.abs(nowSeconds - created) > toleranceSeconds || (expires ?? nowSeconds) < nowSeconds) {
    return refuse('SIGNATURE_EXPIRED', 'created or expires is outside the window')
  }
  const key = await findKey(keyId)
  if (!key) return refuse('KEY_UNKNOWN', 'no such key')
  if (received.algorithm !== undefined && received.algorithm !== key.algorithm) {
    return invalid('alg is not that of the key')
  }
  if (!key.verify(signed.base, received.bytes)) return invalid('the signature does not verify')

  const digest = readField(headers, 'content-digest')
  if (digest !== undefined && !matchesContentDigest(digest, body ?? '')) {
    return refuse('DIGEST_MISMATCH', 'the body is not the one that was signed')
  }
  return {
    ok: true,
    keyId,
    createdSeconds: created,
    nonce: received.nonce,
    signature: received.member,
  }
}

/** Fields that a signature must cover: the signer covers exactly what the verifier demands. */
function listFields(headers: MessageHeaders, body: Uint8Array | string | undefined): string[] {
  const names: string[] = []
  for (const name of ['content-digest', 'content-type']) {
    if (hasBody(body) || headers[name] !== undefined) names.push(name)
  }
  for (const name of Object.keys(headers)) {
    if (name !== name.toLowerCase()) throw new TypeError('Header names are given in lower case')
    if (name.startsWith('ecode-') && headers[name] !== undefined) names.push(name)
  }
  return names
}

function hasBody(body: Uint8Array | string | undefined): body is Uint8Array | string {
  return body !== undefined && body.length > 0
}

function splitMember(member: string): { label: string; value: string } {
  const at = member.indexOf('=')
  if (at < 1) throw new TypeError('A signature is named as label=:base64:')
  return { label: member.slice(0, at), value: member.slice(at + 1) }
}

// One call to the random source per 256 nonces: it costs as much as the signature itself.
const nonces = Buffer.alloc(256 * 16)
let nextNonce = nonces.length

function createNonce(): string {
  if (nextNonce === nonces.length) {
    randomFillSync(nonces)
    nextNonce = 0
  }
  nextNonce += 16
  return nonces.toString('base64url', nextNonce - 16, nextNonce)
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

function invalid(reason: string): Refusal {
  return refuse('SIGNATURE_INVALID', reason)
}

function refuse(code: Refusal['code'], reason: string): Refusal {
  return { ok: false, code, reason }
}
