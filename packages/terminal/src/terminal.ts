import { terminalRoutes } from '@campus-ecode/protocol/core-api'
import { incomingRoutes } from '@campus-ecode/protocol/incoming'
import type { Payment, PayRequest, Refund, TerminalSelf } from '@campus-ecode/protocol/payments'
import type { Answer } from './answer.ts'
import { createCoreCaller } from './core-caller.ts'
import { type OwnKey, readCoreKey, type SharedKey } from './core-key.ts'
import type { PayOutcome, RefundOutcome, ReverseOutcome } from './outcomes.ts'
import { type PayAndSettle, payAndSettle } from './pay-and-settle.ts'
import { refundAndSettle, reverseAndSettle } from './settle.ts'

/** Which core, and which terminal we are. */
export type TerminalOptions = {
  /** `https://core.bank.example`: scheme, host and port. Plain http only on the same machine in production. */
  coreUrl: string
  /** How long one call may take; 10 s by default. */
  callMs?: number
  /** This machine's clock; for tests. */
  machineNow?: () => number
} & (SharedKey | OwnKey)

export interface RefundOrder {
  orderNo: string
  /** Made and saved by the till before the first send, as the order number is. */
  refundNo: string
  /** Fen: 1250 is ¥12.50. */
  amountFen: number
}

/**
 * Single calls. Each is signed, verified, and safe to repeat with the same content (R33).
 *
 * @param callMs Less time than configured, for this call.
 */
export interface OrderCalls {
  /** Answered with PAID, or with AWAITING_PASSWORD, PROCESSING or UNKNOWN: query again. */
  pay(request: PayRequest, callMs?: number): Promise<Answer<Payment>>
  /** Refuses: ORDER_NOT_FOUND. */
  query(orderNo: string, callMs?: number): Promise<Answer<Payment>>
  /** Undoes an order, also one that has not arrived. Refuses: ORDER_REFUNDED, REVERSAL_TOO_LATE. */
  reverse(orderNo: string, callMs?: number): Promise<Answer<Payment>>
  /** Refuses: ORDER_NOT_FOUND, ORDER_NOT_PAID, REFUND_NO_REUSED, REFUND_EXCEEDS_PAYMENT, REFUND_DECLINED. */
  refund(request: RefundOrder, callMs?: number): Promise<Answer<Refund>>
  /** Refuses: ORDER_NOT_FOUND, REFUND_NOT_FOUND. */
  getRefund(order: Omit<RefundOrder, 'amountFen'>, callMs?: number): Promise<Answer<Refund>>
}

/** A till, as the core knows it. */
export interface Terminal extends OrderCalls {
  /** Who we are; takes over the core's clock. A good first call of the day. */
  getTerminal(callMs?: number): Promise<Answer<TerminalSelf>>
  /**
   * What the till's own collection code took while the till was away (R24), oldest first; without a cursor,
   * in the last hours. What is younger than half a minute comes again after the next cursor: know payments by
   * their `paymentId`.
   *
   * @param after `cursor` of the answer before.
   */
  getIncoming(
    after?: string,
    callMs?: number,
  ): Promise<Answer<{ payments: Payment[]; cursor: string }>>
  /**
   * Pays and finds out what became of it, whatever the network does.
   *
   * @param request.orderNo New for each scan, saved before this call.
   * @param request.amountFen List price in fen; what is charged stands in the outcome.
   * @param request.code What the scanner read, untouched; or, in its place:
   * @param request.token What a card reader or camera gave, untouched (R29).
   */
  payAndSettle(request: PayAndSettle): Promise<PayOutcome>
  /** Undoes an order and makes sure of it. */
  reverseAndSettle(request: { orderNo: string; patienceMs?: number }): Promise<ReverseOutcome>
  /** Returns money and makes sure of it. */
  refundAndSettle(request: RefundOrder & { patienceMs?: number }): Promise<RefundOutcome>
  /** How far the core's clock is ahead of this machine's, as far as we know. */
  readonly clockOffsetMs: number
  /** Ends open calls and connections. */
  close(): Promise<void>
}

/** Connects a till to the core. Throws TypeError for an address or key that cannot be used. */
export function createTerminal(options: TerminalOptions): Terminal {
  const { coreUrl, callMs = 10_000, machineNow } = options
  const { key, coreKeys } = readCoreKey(options)
  const caller = createCoreCaller({ coreUrl, key, coreKeys, callMs, machineNow })
  const { pay, getPayment, reverse, refund, getRefund, getTerminal } = terminalRoutes

  const calls: OrderCalls = {
    pay: ({ orderNo, amountFen, code, token }, ms) =>
      caller.call(pay, {}, { orderNo, amountFen, ...(token ? { token } : { code }) }, ms),
    query: (orderNo, ms) => caller.call(getPayment, { orderNo }, undefined, ms),
    reverse: (orderNo, ms) => caller.call(reverse, { orderNo }, {}, ms),
    refund: ({ orderNo, refundNo, amountFen }, ms) =>
      caller.call(refund, { orderNo }, { refundNo, amountFen }, ms),
    getRefund: ({ orderNo, refundNo }, ms) =>
      caller.call(getRefund, { orderNo, refundNo }, undefined, ms),
  }
  return {
    ...calls,
    getTerminal: (ms) => caller.call(getTerminal, {}, undefined, ms),
    getIncoming: (after, ms) =>
      caller.call(incomingRoutes.getIncoming, after === undefined ? {} : { after }, undefined, ms),
    payAndSettle: (request) => payAndSettle(calls, request),
    reverseAndSettle: (request) => reverseAndSettle(calls, request),
    refundAndSettle: (request) => refundAndSettle(calls, request),
    get clockOffsetMs() {
      return caller.clock.offsetMs
    },
    close: caller.close,
  }
}
