import type {
  balanceAnswerSchema,
  Debit,
  DebitRefund,
  DebitRequest,
  debitRefundRequestSchema,
  portErrorSchema,
} from '@campus-ecode/protocol/debit-port'
import type { z } from 'zod'

export type PortErrorCode = z.infer<typeof portErrorSchema>['error']
export type DebitRefundRequest = z.infer<typeof debitRefundRequestSchema>
export type BalanceAnswer = z.infer<typeof balanceAnswerSchema>

/**
 * What became of a call to an outside system; never thrown.
 *
 * - `NOT_SENT` the request surely never reached them (connection refused, no such host).
 * - `UNKNOWN` time-out, cut, 5xx or an answer that does not verify: it may have happened.
 * - `REFUSED` they answered, signed, that they will not; `error` says why.
 */
export type PortAnswer<T> =
  | { ok: true; value: T }
  | { ok: false; reason: 'NOT_SENT' | 'UNKNOWN' }
  | { ok: false; reason: 'REFUSED'; error: PortErrorCode }

/** Takes and returns money of an account that somebody else keeps: a bank card, the one-card balance. */
export interface DebitPort {
  /** Repeating the same reference with the same content is harmless. */
  debit(request: DebitRequest): Promise<PortAnswer<Debit>>
  query(reference: string): Promise<PortAnswer<Debit>>
  /** Makes the debit net zero, also one that never arrived. */
  reverse(reference: string): Promise<PortAnswer<Debit>>
  refund(reference: string, request: DebitRefundRequest): Promise<PortAnswer<DebitRefund>>
  queryRefund(reference: string, refundReference: string): Promise<PortAnswer<DebitRefund>>
}

export interface BalancePort {
  balance(account: string): Promise<PortAnswer<BalanceAnswer>>
}
