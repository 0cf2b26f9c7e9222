import { STATUS_CODES } from 'node:http'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import { PROBLEM_TYPE, toProblem } from '@campus-ecode/protocol/problem'

/** A refusal as bytes, for a socket whose request never came to be one. */
export function writeRawProblem(code: ErrorCode, requestId: string): string {
  const problem = toProblem(code, requestId)
  const body = JSON.stringify(problem)
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `ecode-request-id: ${requestId}`,
    'connection: close',
    '',
    body,
  ].join('\r\n')
}
