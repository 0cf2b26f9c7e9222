import type { Sentences } from '@campus-ecode/protocol/errors'
import type { Payment, Refund } from '@campus-ecode/protocol/payments'
import type { Answer, Refused, Unknown, UnknownReason } from './answer.ts'

/** How a payment ended for the till, told apart by `outcome`. */
export type PayOutcome = Paid | Reversed | Refusal | Open<Payment>

/** How undoing an order ended. */
export type ReverseOutcome = Reversed | Refusal | Open<Payment>

/** How a refund ended. */
export type RefundOutcome = Refunded | Refusal | Open<Refund>

/** Money moved. Hand over the goods. */
export interface Paid {
  outcome: 'paid'
  orderNo: string
  payment: Payment
}

/** Net zero, for ever: it was paid and came back, or it never will be paid. */
export interface Reversed {
  outcome: 'reversed'
  orderNo: string
  payment: Payment
}

export interface Refunded {
  outcome: 'refunded'
  orderNo: string
  refund: Refund
}

/** Nothing moved, and nothing will for this order number. The next try takes a new one. */
export interface Refusal {
  outcome: 'refused'
  orderNo: string
  /** Of the error table, or of a newer one. */
  code: string
  /** To be shown, in both languages. */
  message: Sentences
  retryAfterSeconds?: number
  /** BAD_REQUEST: paths of the members that are wrong. */
  fields?: string[]
  requestId?: string
}

/** Not known yet, and never to be shown as failed (R33): query later, or reverse. */
export interface Open<T> {
  outcome: 'unknown'
  orderNo: string
  /**
   * `PENDING`: the core is at it. Otherwise why the last question brought nothing; `NOT_SENT` only
   * if not one of all our calls left this machine.
   */
  reason: UnknownReason | 'PENDING'
  /** See Unknown. */
  says?: string
  /** The last that the core said. */
  lastSeen?: T
}

export function toRefusal(orderNo: string, refused: Refused): Refusal {
  const { code, message, retryAfterSeconds, fields, requestId } = refused
  return {
    outcome: 'refused',
    orderNo,
    code,
    message,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(fields !== undefined && { fields }),
    requestId,
  }
}

/** Remembers what has been heard, for the case that patience ends without an outcome. */
export interface LastWord<T> {
  hear(answer: Answer<T>): void
  /** Somebody without the core's key keeps refusing ours: waiting will not help. */
  isHopeless(): boolean
  toOpen(): Open<T>
}

export function createLastWord<T>(orderNo: string): LastWord<T> {
  let lastSeen: T | undefined
  let unknown: Unknown | undefined
  let everSent = false
  let strangers = 0
  return {
    hear(answer) {
      if (answer.kind === 'answered') lastSeen = answer.body
      unknown = answer.kind === 'unknown' ? answer : undefined
      everSent ||= unknown?.reason !== 'NOT_SENT'
      const stranger = unknown?.reason === 'NOT_VERIFIED' && unknown.says !== undefined
      strangers = stranger ? strangers + 1 : 0
    },
    isHopeless: () => strangers >= STRANGERS_MAX,
    toOpen() {
      const reason = unknown?.reason ?? 'PENDING'
      return {
        outcome: 'unknown',
        orderNo,
        reason: reason === 'NOT_SENT' && everSent ? 'NO_ANSWER' : reason,
        ...(unknown?.says !== undefined && { says: unknown.says }),
        ...(lastSeen !== undefined && { lastSeen }),
      }
    },
  }
}

const STRANGERS_MAX = 3
