import type { IncomingMessage } from 'node:http'
import { verifyRequest } from '@campus-ecode/protocol/http-signature'
import { checkRequestTarget } from '@campus-ecode/protocol/request-target'
import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import type { CallNotes } from '../staff/note-calls.ts'
import type { CallerKey, FindCallerKey } from './caller-keys.ts'
import type { Caller, Refusal } from './operation.ts'
import { readBody } from './read-body.ts'

/** What every call goes through before its operation is looked at. */
export interface Reception {
  /** What signers address; never taken from a request. */
  origin: string
  findKey: FindCallerKey
  now(): number
  /** Of this route, where it takes more than usual. */
  bodyBytesMax?: number | undefined
  /** Who was heard of, and what persons were told no to: for the console. */
  notes?: Pick<CallNotes, 'heard' | 'told'>
}

/** A request that comes from a known key and arrived as it was sent. */
export interface ReceivedRequest {
  caller: Caller
  key: SigningKey
  /** To bind the answer to the request. */
  signature: string
  nonce: string
  body: Buffer
}

/** `reason` is for the log and holds nothing of the request. */
export interface NotReceived extends Refusal {
  reason?: string
}

/**
 * Reads and verifies a request.
 *
 * Refuses, in this order: TARGET_INVALID, BODY_TOO_LARGE, REQUEST_TIMEOUT, then as verifyRequest().
 */
export async function receiveRequest(
  incoming: IncomingMessage,
  { origin, findKey, now, bodyBytesMax }: Reception,
): Promise<ReceivedRequest | NotReceived> {
  const { url: target = '', rawHeaders, method = '', headers } = incoming
  const checked = checkRequestTarget({ target, rawHeaders, origin })
  if (!checked.ok) return { refused: checked.code, reason: checked.reason }

  const body = await readBody(incoming, bodyBytesMax)
  if (body === 'too_large') return { refused: 'BODY_TOO_LARGE' }
  if (body === 'cut') return { refused: 'REQUEST_TIMEOUT', reason: 'the sender went away' }

  let found: CallerKey | undefined
  const verified = await verifyRequest({
    method,
    origin,
    target,
    headers,
    body,
    nowMs: now(),
    findKey: async (keyId) => {
      found = await findKey(keyId)
      return found?.key
    },
  })
  if (!verified.ok) return { refused: verified.code, reason: verified.reason }
  if (!found) throw new Error('a signature verified without a key')
  const { signature, nonce } = verified
  return { caller: found.caller, key: found.key, signature, nonce, body }
}
