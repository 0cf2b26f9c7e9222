import { randomUUID } from 'node:crypto'
import {
  type IncomingMessage,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  ServerResponse,
} from 'node:http'
import { describeError } from '@campus-ecode/protocol/errors'
import { PROBLEM_TYPE, toProblem } from '@campus-ecode/protocol/problem'
import type { CoreAnswer } from './core-client.ts'
import type { Refusal } from './refusal.ts'

/** Node's response, carrying what the log line of its request will say. */
export class Answer extends ServerResponse {
  readonly requestId = randomUUID()
  /** Name of the operation; never the path, which is the caller's to write. */
  route = 'none'
  refusal: Refusal | undefined
  /** The core's reason, where it refused. */
  coreCode: string | undefined
  schoolId: string | undefined
  /** What every answer says, whoever writes it. */
  commonHeaders: OutgoingHttpHeaders = {}

  /** Adds them in one go; set one by one they would be looked at three times. */
  override writeHead(
    status: number,
    headers?: string | OutgoingHttpHeaders | OutgoingHttpHeader[],
  ): this {
    if (typeof headers === 'string' || Array.isArray(headers)) {
      throw new TypeError('Headers are given as a record')
    }
    const common = this.commonHeaders
    // A stream stays for minutes, and this would stay with it.
    this.commonHeaders = {}
    return super.writeHead(status, { ...common, ...headers })
  }
}

/** The bindings that every Hono handler sees. */
export interface AppEnv {
  Bindings: { incoming: IncomingMessage; outgoing: Answer }
}

/** A refusal as an HTTP answer (RFC 9457), and its code in the log. */
export function answerRefusal(answer: Answer, refusal: Refusal): Response {
  const { status, headers, body } = describeRefusal(answer, refusal)
  return new Response(body, { status, headers })
}

/** The same for a request that never reaches the routes. */
export function sendRefusal(answer: Answer, refusal: Refusal): void {
  const { status, headers, body } = describeRefusal(answer, refusal)
  answer.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
}

/** The core's answer as it is: only what its signature covers. */
export function answerCore(answer: Answer, core: CoreAnswer): Response {
  answer.coreCode = core.code
  const headers: Record<string, string> = { 'content-type': core.type }
  if (core.retryAfterSeconds !== undefined) headers['retry-after'] = `${core.retryAfterSeconds}`
  return new Response(core.body, { status: core.status, headers })
}

/** JSON answers are small and known in full. */
export function answerJson(status: number, value: unknown): Response {
  return answerBytes(status, 'application/json', Buffer.from(JSON.stringify(value)))
}

export function answerBytes(
  status: number,
  type: string,
  bytes: Uint8Array<ArrayBuffer>,
): Response {
  // A plain record, not Headers: the adapter then writes it without building any web object.
  return new Response(bytes, { status, headers: { 'content-type': type } })
}

function describeRefusal(answer: Answer, refusal: Refusal) {
  answer.refusal = refusal
  const { code, fields, retryAfterSeconds } = refusal
  const { status } = describeError(code)
  const headers: Record<string, string> = { 'content-type': PROBLEM_TYPE }
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(retryAfterSeconds)
  if (status === 401) {
    headers['www-authenticate'] =
      code === 'SCHOOL_CREDENTIALS_INVALID'
        ? 'Basic realm="campus-ecode", charset="UTF-8"'
        : 'DPoP algs="ES256"'
  }
  // What is left of such a request is not worth reading.
  if (status === 408 || status === 413) headers.connection = 'close'
  const body = JSON.stringify(
    toProblem(code, answer.requestId, {
      ...(fields && { fields }),
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    }),
  )
  return { status, headers, body }
}
