import { STATUS_CODES } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import type { Context } from 'hono'
import type { Fault, Faults, ServiceName } from './faults.ts'
import { type SignedAnswer, type SignedEnv, signAnswer } from './signed-calls.ts'

/** A call that a service has acted on. One that was handled twice is here twice. */
export interface HandledCall {
  at: string
  operation: string
  /** The caller's; empty where the call has none. */
  reference: string
  /** The status or the error that the caller is told. */
  outcome: string
}

export type AnswerCall = (
  c: Context<SignedEnv>,
  call: { operation: string; reference?: string; isOrder: boolean },
  act: (fault: Fault) => object,
) => Promise<Response>

/** A call that waits for ever is let go after this long, so that nothing piles up. */
const SILENT_MS = 120_000
const CALLS_MAX = 1_000

/**
 * Answers the calls of a service with what `act` says, signed, and with whatever goes wrong there
 * at the moment.
 *
 * @param calls Where each act is noted, oldest first.
 */
export function createAnswerCall({
  service,
  faults,
  key,
  calls,
}: {
  service: ServiceName
  faults: Faults
  key: SigningKey
  calls: HandledCall[]
}): AnswerCall {
  return async (c, { operation, reference = '', isOrder }, act) => {
    const fault = faults.take(service, { isOrder })
    if (fault.fault === 'silent') {
      await sleep(SILENT_MS, undefined, { ref: false })
      return cutConnection(c)
    }

    const handle = () => {
      const content = act(fault)
      const at = new Date().toISOString()
      calls.push({ at, operation, reference, outcome: nameOutcome(content) })
      if (calls.length > CALLS_MAX) calls.shift()
      return content
    }
    let content = handle()
    if (fault.fault === 'twice') content = handle()
    if (fault.fault === 'debit_then_drop') return cutConnection(c)
    if (fault.fault === 'slow') await sleep(fault.delayMs)

    const status = 'error' in content ? statusOf(content.error) : 200
    const answer = signAnswer(c, key, status, content)
    if (fault.fault === 'twice') repeatAnswer(c, answer)
    return new Response(answer.body, answer)
  }
}

/** The caller sees the connection end without an answer. */
export function cutConnection(c: Context<SignedEnv>): Response {
  c.env.incoming.socket.destroy()
  return new Response(null)
}

/** Sends the answer once more behind the first, as a gateway does that lost count of its requests. */
function repeatAnswer(c: Context<SignedEnv>, { status, headers, body }: SignedAnswer): void {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  const { outgoing, incoming } = c.env
  // Before Node's own listener, which ends the socket if the client wants it closed.
  outgoing.prependOnceListener('finish', () => {
    incoming.socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`)
  })
}

function nameOutcome(content: object): string {
  if ('error' in content) return String(content.error)
  if ('status' in content) return String(content.status)
  return 'result' in content ? String(content.result) : 'DONE'
}

function statusOf(error: unknown): number {
  if (error === 'NOT_FOUND' || error === 'ACCOUNT_UNKNOWN') return 404
  if (error === 'BAD_REQUEST') return 400
  return 409
}
