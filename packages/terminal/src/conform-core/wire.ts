import { signRequest, verifyResponse } from '@campus-ecode/protocol/http-signature'
import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import { Pool } from 'undici'
import { sendHttp } from '../send-http.ts'
import { NotConforming } from './check.ts'

/** A call to be signed; what is not given is as it should be. */
export interface CallToSign {
  method: string
  target: string
  /** Sent as JSON; or `body` as it is. */
  json?: unknown
  body?: string
  headers?: Record<string, string>
  key?: SigningKey
  nowMs?: number
  nonce?: string
  /** Whom the signature addresses. */
  origin?: string
}

/** A signed call, to be sent as it is, changed, or twice. */
export interface SignedCall {
  method: string
  target: string
  headers: Record<string, string>
  body: string | undefined
  signature: string
}

export interface Reply {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
  /** undefined when the body is not JSON. */
  json: unknown
  /** The answer carries a signature of our key that is bound to this very call. */
  verified: boolean
}

/** Calls a core as one key would, rightly or wrongly. */
export interface Wire {
  readonly origin: string
  readonly key: SigningKey
  sign(call: CallToSign): SignedCall
  /** Throws NotConforming when there is no reply at all. */
  send(call: SignedCall): Promise<Reply>
  call(call: CallToSign): Promise<Reply>
}

const REPLY_MS = 30_000

export function createWire(origin: string, key: SigningKey, pool: Pool): Wire {
  const wire: Wire = {
    origin,
    key,
    sign(call) {
      const { method, target, json, nowMs = Date.now(), nonce } = call
      const body = json === undefined ? call.body : JSON.stringify(json)
      const type = body === undefined ? {} : { 'content-type': 'application/json' }
      const headers = { ...type, ...call.headers }
      const signed = signRequest({
        method,
        origin: call.origin ?? origin,
        target,
        headers,
        body,
        key: call.key ?? key,
        nowMs,
        ...(nonce !== undefined && { nonce }),
      })
      const { signature } = signed
      return { method, target, headers: { ...headers, ...signed.headers }, body, signature }
    },
    async send(call) {
      let received: Awaited<ReturnType<typeof sendHttp>>
      try {
        received = await sendHttp(pool, call, REPLY_MS)
      } catch (error) {
        const { code, name } = error as { code?: unknown; name?: unknown }
        throw new NotConforming(`no reply (${String(code ?? name)})`)
      }
      const { status, headers, body } = received
      const verified = await verifyResponse({
        ...received,
        requestSignature: call.signature,
        findKey: (keyId) => (keyId === key.keyId ? key : undefined),
        nowMs: Date.now(),
      })
      const text = body.toString('utf8')
      return { status, headers, text, json: parseJson(text), verified: verified.ok }
    },
    call: (call) => wire.send(wire.sign(call)),
  }
  return wire
}

export function createPool(origin: string): Pool {
  return new Pool(origin, { connections: 16, connect: { timeout: 3_000 } })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
