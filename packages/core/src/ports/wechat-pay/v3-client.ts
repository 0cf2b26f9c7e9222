import type { Logger } from 'pino'
import { type Dispatcher, Pool } from 'undici'
import { wasNotSent } from '../was-not-sent.ts'
import { type CallOutcome, watchCall } from '../watch-call.ts'
import { authorise, isSignedBy, type MerchantKey, readSignatureHeaders } from './v3-signature.ts'
import type { WechatKeys } from './wechat-keys.ts'

/** What WeChat says, signed, with its HTTP status; or that nobody knows. */
export type V3Answer =
  | { ok: true; status: number; body: unknown }
  | { ok: false; reason: 'NOT_SENT' | 'UNKNOWN' }

export interface V3Call {
  method: 'GET' | 'POST'
  /** Path and query. */
  target: string
  body?: unknown
  deadlineMs?: number
}

export interface HttpAnswer {
  status: number
  headers: Dispatcher.ResponseData['headers']
  body: Buffer
}

/** As movements of money there are named, in figures and traces. */
export const WECHAT_PAY = 'wechat'

const DEADLINE_MS = 5_000
const CONNECTIONS_MAX = 32
const ANSWER_BYTES_MAX = 64 * 1024
const BILL_BYTES_MAX = 256 * 1024 * 1024

/**
 * HTTP to WeChat Pay's two hosts. A call that surely never left for the one is made at the other at once;
 * after a silence the next calls, which are questions, go to the other.
 */
export class WechatHosts {
  readonly #pools: Pool[]
  #preferred = 0

  constructor(urls: string[]) {
    this.#pools = urls.map(
      (url) =>
        new Pool(new URL(url).origin, {
          connections: CONNECTIONS_MAX,
          connect: { timeout: 2_000 },
        }),
    )
  }

  async send(
    request: Pick<Dispatcher.RequestOptions, 'method' | 'path' | 'headers' | 'body'>,
    deadlineMs = DEADLINE_MS,
    bytesMax = ANSWER_BYTES_MAX,
  ): Promise<HttpAnswer | 'NOT_SENT' | 'UNKNOWN'> {
    for (let tries = 1; ; tries++) {
      const pool = this.#pools[this.#preferred]
      if (!pool) throw new Error('WeChat Pay has no address')
      try {
        const signal = AbortSignal.timeout(deadlineMs)
        return await receive(await pool.request({ ...request, signal }), bytesMax)
      } catch (error) {
        this.#preferred = (this.#preferred + 1) % this.#pools.length
        if (!wasNotSent(error)) return 'UNKNOWN'
        if (tries === this.#pools.length) return 'NOT_SENT'
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.destroy()))
  }
}

/** V3: JSON, signed both ways. An answer without a signature that verifies says nothing. */
export function createV3Client({
  hosts,
  merchant,
  keys,
  now,
  log,
}: {
  hosts: WechatHosts
  merchant: MerchantKey
  keys: WechatKeys
  now(): number
  log: Logger
}) {
  function headersOf(method: string, target: string, body: string) {
    const publicKeyId = keys.publicKeyId()
    return {
      accept: 'application/json',
      'user-agent': 'campus-ecode',
      authorization: authorise(merchant, { method, target, body, nowMs: now() }),
      ...(body !== '' && { 'content-type': 'application/json' }),
      // Asks WeChat to sign with this one, not with a certificate.
      ...(publicKeyId && { 'wechatpay-serial': publicKeyId }),
    }
  }

  async function ask({ method, target, body, deadlineMs }: V3Call): Promise<V3Answer> {
    const text = body === undefined ? '' : JSON.stringify(body)
    const answer = await hosts.send(
      { method, path: target, headers: headersOf(method, target, text), body: text || null },
      deadlineMs,
    )
    if (typeof answer === 'string') return { ok: false, reason: answer }
    const { status } = answer
    const signed = readSignatureHeaders(answer.headers)
    const key = signed && (await keys.find(signed.serial))
    if (!signed || !key || !isSignedBy(key, signed, answer.body, now())) {
      // WeChat tries now and then whether anybody looks; it is asked again as after a silence.
      if (signed?.signature.startsWith('WECHATPAY/SIGNTEST/')) {
        log.info({ status }, 'WeChat Pay has signed wrongly to see whether that is noticed')
        return { ok: false, reason: 'UNKNOWN' }
      }
      // The serial is no secret, and tells an operator which key is missing.
      log.error(
        { status, serial: signed?.serial },
        'alarm: an answer of WeChat Pay does not verify',
      )
      return { ok: false, reason: 'UNKNOWN' }
    }
    return { ok: true, status, body: parseJson(answer.body) }
  }

  return {
    call: (call: V3Call): Promise<V3Answer> => watchCall(WECHAT_PAY, () => ask(call), outcomeOf),

    /** A bill's file, which alone is not signed; its hash is in the answer that names it. */
    async download(target: string): Promise<Buffer> {
      const headers = headersOf('GET', target, '')
      const request = { method: 'GET', path: target, headers } as const
      const answer = await watchCall(
        WECHAT_PAY,
        () => hosts.send(request, 60_000, BILL_BYTES_MAX),
        (said) => (typeof said === 'string' ? said : 'answered'),
      )
      if (typeof answer === 'string' || answer.status !== 200) {
        throw new Error('the bill cannot be downloaded')
      }
      return answer.body
    },
  }
}
export type V3Client = ReturnType<typeof createV3Client>

/** "Not now" is no answer to what was asked. */
export function isPutOff({ status }: { status: number }): boolean {
  return status >= 500 || status === 429
}

function outcomeOf(answer: V3Answer): CallOutcome {
  if (!answer.ok) return answer.reason
  if (isPutOff(answer)) return 'UNKNOWN'
  return answer.status >= 400 ? 'REFUSED' : 'answered'
}

export async function receive(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  bytesMax = ANSWER_BYTES_MAX,
): Promise<HttpAnswer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > bytesMax) throw new Error('the answer is too long')
    chunks.push(chunk)
  }
  return { status: statusCode, headers, body: Buffer.concat(chunks) }
}

export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
