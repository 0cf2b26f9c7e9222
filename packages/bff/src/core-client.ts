import { signRequest, verifyResponse } from '@campus-ecode/protocol/http-signature'
import { PROBLEM_TYPE } from '@campus-ecode/protocol/problem'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'
import { inSpan, withTrace } from '@campus-ecode/service/tracing'
import type { Logger } from 'pino'
import { Pool } from 'undici'
import { exchange } from './exchange.ts'
import { countCoreFailure } from './metrics/metrics.ts'
import { type Refusal, refuse } from './refusal.ts'

/** An answer that the core signed for this very call. */
export interface CoreAnswer {
  ok: true
  status: number
  type: string
  body: Buffer<ArrayBuffer>
  /** Of a problem. */
  code?: string
  /** From a problem's body, which is signed; the header of that name is not. */
  retryAfterSeconds?: number
}

export interface CoreCall {
  method: string
  /** Path and query, made by us. */
  target: string
  requestId: string
  body?: Uint8Array | string
  /** `jti` of the page's proof, where state changes. */
  proofJti?: string
  /** Longer than the core will take; 10 s unless told. */
  timeoutMs?: number
  signal?: AbortSignal
}

export interface CoreClient {
  /** Refuses: CORE_UNREACHABLE, also for an answer that is not the core's. */
  call(call: CoreCall): Promise<CoreAnswer | Refusal>
  close(): Promise<void>
}

/**
 * Speaks to the one configured core: signs each call, and believes only signed answers.
 *
 * Never repeats a call by itself: whoever asked decides, and signs anew.
 */
export function createCoreClient({ origin, keyId, secret, log }: CoreClientOptions): CoreClient {
  const key = createSigningKey({ keyId, algorithm: 'hmac-sha256', secret })
  const pool = new Pool(origin, {
    connections: CONNECTIONS_MAX,
    pipelining: 1,
    connect: { timeout: 3_000 },
    maxResponseSize: ANSWER_BYTES_MAX,
  })

  const lost = (requestId: string, reason: string) => {
    countCoreFailure()
    log.error({ requestId, reason }, 'core call failed')
    return refuse('CORE_UNREACHABLE', { reason })
  }

  return {
    async call({ method, target, requestId, body, proofJti, timeoutMs = TIMEOUT_MS, signal }) {
      const headers: Record<string, string> = { 'ecode-request-id': requestId }
      if (body !== undefined) headers['content-type'] = 'application/json'
      if (proofJti !== undefined) headers['ecode-proof-jti'] = proofJti
      const signed = signRequest({ method, origin, target, headers, body, key, nowMs: Date.now() })
      try {
        const answer = await inSpan('core', 'client', () =>
          exchange(
            pool,
            {
              method: method as 'GET',
              path: target,
              headers: withTrace({ ...headers, ...signed.headers }),
              body: body ?? null,
            },
            { timeoutMs, signal },
          ),
        )
        const verified = await verifyResponse({
          ...answer,
          requestSignature: signed.signature,
          findKey: (id) => (id === keyId ? key : undefined),
          nowMs: Date.now(),
        })
        if (!verified.ok) {
          return lost(requestId, `answer ${answer.status}: ${verified.code}, ${verified.reason}`)
        }
        const { status, body: bytes } = answer
        const type = String(answer.headers['content-type'] ?? '')
        return readAnswer({ ok: true, status, type, body: bytes }, (reason) =>
          lost(requestId, reason),
        )
      } catch (error) {
        if (signal?.aborted) return refuse('CORE_UNREACHABLE', { reason: 'stopped' })
        return lost(requestId, nameFault(error))
      }
    },
    close: () => pool.destroy(),
  }
}

/** The body as JSON, or undefined, which no schema takes. */
export function readJson({ body }: CoreAnswer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

export interface CoreClientOptions {
  origin: string
  keyId: string
  secret: string
  log: Logger
}

const CONNECTIONS_MAX = 128
const TIMEOUT_MS = 10_000
const ANSWER_BYTES_MAX = 4 * 1024 * 1024
const JSON_TYPE = /^application\/json(;|$)/

/** What the core says of us, not of the page: the page could do nothing with it. */
const OURS: ReadonlySet<string> = new Set([
  'TARGET_INVALID',
  'SIGNATURE_MISSING',
  'SIGNATURE_INVALID',
  'SIGNATURE_EXPIRED',
  'SIGNATURE_REPLAYED',
  'KEY_UNKNOWN',
  'KEY_NOT_ALLOWED',
  'DIGEST_MISMATCH',
])

function readAnswer(answer: CoreAnswer, lost: (reason: string) => Refusal): CoreAnswer | Refusal {
  if (answer.status < 300) return JSON_TYPE.test(answer.type) ? answer : lost('answer is not JSON')
  const problem = readProblem(answer)
  if (!problem) return lost(`answer ${answer.status} is not a problem`)
  if (OURS.has(problem.code)) return lost(`core refused us: ${problem.code}`)
  const { code, retryAfterSeconds } = problem
  return { ...answer, code, ...(typeof retryAfterSeconds === 'number' && { retryAfterSeconds }) }
}

function readProblem(answer: CoreAnswer) {
  if (answer.type !== PROBLEM_TYPE) return undefined
  const problem = readJson(answer) as Partial<Record<string, unknown>> | null | undefined
  const { code, retryAfterSeconds } = problem ?? {}
  return typeof code === 'string' ? { code, retryAfterSeconds } : undefined
}

/** Messages of network faults may quote what was sent; their codes do not. */
function nameFault(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown }
  return String(typeof code === 'string' ? code : name)
}
