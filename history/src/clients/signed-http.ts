import { signRequest, verifyResponse } from '@campus-ecode/protocol/http-signature'
import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import { Pool } from 'undici'
import type { Core } from '../processes/core.ts'

/** What both cores are addressed as, like processes behind one balancer: a call fits either. */
export const CORE_ORIGIN = 'http://core.history.test'

/** No call takes longer; a core gives the outside systems four seconds. */
const REPLY_MS_MAX = 20_000

export interface SignedCall {
  method: 'GET' | 'POST'
  target: string
  headers: Record<string, string>
  body: string | undefined
  signature: string
  key: SigningKey
}

/** `verified`: it comes from the core and answers this very call. */
export interface Reply {
  status: number
  json: unknown
  verified: boolean
}

/** The way to one core, over kept connections. */
export interface CoreWire {
  readonly core: Core
  /** Follows the core's clock, as a terminal does. */
  sign(call: {
    method: 'GET' | 'POST'
    target: string
    json?: unknown
    key: SigningKey
  }): SignedCall
  /** Throws when there is no reply. */
  send(call: SignedCall, signal?: AbortSignal): Promise<Reply>
  close(): Promise<void>
}

export function createCoreWire(core: Core): CoreWire {
  const pool = new Pool(`http://127.0.0.1:${core.port}`, {
    connections: 96,
    connect: { timeout: 2_000 },
  })
  const now = () => Date.now() + core.aheadMs
  return {
    core,
    sign({ method, target, json, key }) {
      const body = json === undefined ? undefined : JSON.stringify(json)
      const type: Record<string, string> =
        body === undefined ? {} : { 'content-type': 'application/json' }
      const { headers, signature } = signRequest({
        method,
        origin: CORE_ORIGIN,
        target,
        headers: type,
        body,
        key,
        nowMs: now(),
      })
      return { method, target, headers: { ...type, ...headers }, body, signature, key }
    },
    async send({ method, target, headers, body, signature, key }, signal) {
      const limit = AbortSignal.timeout(REPLY_MS_MAX)
      const answer = await pool.request({
        method,
        path: target,
        headers: { ...headers, host: new URL(CORE_ORIGIN).host },
        body: body ?? null,
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      })
      const text = await answer.body.text()
      const verified = await verifyResponse({
        status: answer.statusCode,
        headers: answer.headers,
        body: text,
        requestSignature: signature,
        findKey: (keyId) => (keyId === key.keyId ? key : undefined),
        nowMs: now(),
      })
      return { status: answer.statusCode, json: parseJson(text), verified: verified.ok }
    },
    close: () => pool.destroy(),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
