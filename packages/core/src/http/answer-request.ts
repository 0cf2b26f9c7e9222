import { signResponse } from '@campus-ecode/protocol/http-signature'
import { PROBLEM_TYPE, toProblem } from '@campus-ecode/protocol/problem'
import type { Refusal } from './operation.ts'
import type { ReceivedRequest } from './receive-request.ts'

const JSON_TYPE = 'application/json'

/** The request that is being answered. */
export interface Asked {
  requestId: string
  /** Where its signature was fine, the answer is signed under the same key and bound to it. */
  received?: Pick<ReceivedRequest, 'key' | 'signature'>
  nowMs: number
}

/** The one place that turns a success into HTTP. */
export function answerSuccess(asked: Asked, status: number, body: unknown): Response {
  return send(asked, status, JSON.stringify(body), JSON_TYPE)
}

/** The one place that turns a refusal into HTTP (RFC 9457). */
export function answerRefusal(
  asked: Asked,
  { refused, ...more }: Refusal,
  headers: Record<string, string> = {},
): Response {
  const problem = toProblem(refused, asked.requestId, more)
  const { retryAfterSeconds } = problem
  return send(asked, problem.status, JSON.stringify(problem), PROBLEM_TYPE, {
    ...headers,
    ...(retryAfterSeconds !== undefined && {
      'retry-after': String(Math.ceil(retryAfterSeconds)),
    }),
    // The rest of such a body is not worth reading.
    ...(refused === 'BODY_TOO_LARGE' && { connection: 'close' }),
  })
}

function send(
  { requestId, received, nowMs }: Asked,
  status: number,
  body: string,
  type: string,
  unsigned: Record<string, string> = {},
): Response {
  const headers = { 'content-type': type, 'ecode-request-id': requestId }
  const signed = received
    ? signResponse({
        status,
        headers,
        body,
        requestSignature: received.signature,
        key: received.key,
        nowMs,
      }).headers
    : {}
  return new Response(body, { status, headers: { ...headers, ...signed, ...unsigned } })
}
