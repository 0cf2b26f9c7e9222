import type { Sentences } from '@campus-ecode/protocol/errors'

/**
 * What came of one call, told apart by `kind`.
 *
 * Only what the core provably said about this very call is an answer or a refusal. Everything else
 * is `unknown`: it says nothing about what happened, so it is never a failure (R33).
 */
export type Answer<T> = Answered<T> | Refused | Unknown

/** Done, or under way: the body says which. */
export interface Answered<T> {
  kind: 'answered'
  body: T
}

/** The core refused this call: by this call no money moved. */
export interface Refused {
  kind: 'refused'
  /** Of the error table, or of a newer one. */
  code: string
  /** For a person, in both languages. */
  message: Sentences
  /** The same call may succeed later. */
  retryable: boolean
  retryAfterSeconds?: number | undefined
  /** BAD_REQUEST: paths of the members that are wrong. */
  fields?: string[] | undefined
  /** Finds the line in the core's log. */
  requestId: string
}

export interface Unknown {
  kind: 'unknown'
  reason: UnknownReason
  /** The code that an answer claimed, for whoever looks after the terminal; never proof of anything. */
  says?: string | undefined
}

/**
 * - `NOT_SENT` no connection was made, so nothing arrived.
 * - `NO_ANSWER` sent, and then silence.
 * - `FAULT` a 5xx, from the core or from something before it.
 * - `NOT_VERIFIED` an answer without the core's signature for this call: a wrong key here or there, or
 *   somebody in between.
 * - `NOT_UNDERSTOOD` signed, but not in the documented form.
 */
export type UnknownReason = 'NOT_SENT' | 'NO_ANSWER' | 'FAULT' | 'NOT_VERIFIED' | 'NOT_UNDERSTOOD'
