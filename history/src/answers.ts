import type { ErrorCode } from '@campus-ecode/protocol/errors'
import type { PaymentStatus } from '@campus-ecode/protocol/payments'
import type { Call, PhoneCall } from './read-history.ts'

// What each refusal says, by docs/core-api.md ("Pay", steps 1 to 6).

/** The order exists and is refused for good; a code was spent (steps 5 and 6). */
const STORED = new Set<ErrorCode>([
  'CARD_LOCKED',
  'CARD_CLOSED',
  'CARD_NOT_CLAIMED',
  'DEVICE_REMOVED',
  'TERMINAL_DISABLED',
  'MERCHANT_NOT_ACCEPTING',
  'ACCOUNT_NOT_OPEN',
  'AGREEMENT_MISSING',
  'FACE_CONSENT_MISSING',
  'PASSWORD_REQUIRED',
  'PASSWORD_LOCKED',
  'PASSWORD_DECLINED',
  'PASSWORD_TIMED_OUT',
  'OVER_SINGLE_LIMIT',
  'OVER_DAILY_LIMIT',
  'DEVICE_OFFLINE_CAP',
  'INSUFFICIENT_FUNDS',
  'BANK_DECLINED',
  'BANK_UNAVAILABLE',
  'ONE_CARD_UNAVAILABLE',
])

/** No such order was there when the code was looked at, and none came of this call (steps 3 and 4). */
const LEAVES_NOTHING = new Set<ErrorCode>([
  'TERMINAL_LOCKED',
  'TERMINAL_PAUSED',
  'DEVICE_CODES_PAUSED',
  'CODE_EXPIRED',
  'CODE_NOT_YET_VALID',
  'CODE_USED',
  'TOKEN_UNKNOWN',
])

/** Said of this delivery alone: another delivery of the same bytes may have been, or be, taken. */
const OF_ONE_DELIVERY = new Set<ErrorCode>([
  'SIGNATURE_REPLAYED',
  'SIGNATURE_EXPIRED',
  'REQUEST_TIMEOUT',
  'RATE_LIMITED',
  'INTERNAL',
  'UNAVAILABLE',
])

/** Said before the nonce is looked at (docs/core-api.md, "Errors", steps 1 to 6). */
const BEFORE_NONCE = new Set<ErrorCode>([
  'TARGET_INVALID',
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'BODY_TOO_LARGE',
  'SIGNATURE_MISSING',
  'SIGNATURE_INVALID',
  'KEY_UNKNOWN',
  'DIGEST_MISMATCH',
  'KEY_NOT_ALLOWED',
  'MEDIA_TYPE_UNSUPPORTED',
  'BAD_REQUEST',
  'AMOUNT_INVALID',
])

export function isStoredRefusal(error: ErrorCode): boolean {
  return STORED.has(error)
}

export function leavesNothing(error: ErrorCode): boolean {
  return LEAVES_NOTHING.has(error)
}

/** Said of one delivery alone, it says nothing about the others. */
export function isOfOneDelivery(error: ErrorCode): boolean {
  return OF_ONE_DELIVERY.has(error)
}

/** The refusal of a call, unless the call may have been taken all the same. */
export function firmRefusal({ reply }: Pick<Call | PhoneCall, 'reply'>): ErrorCode | undefined {
  if (reply?.outcome !== 'refused' || OF_ONE_DELIVERY.has(reply.error)) return undefined
  return reply.error
}

/** A call whose nonce must be known after its reply: it was carried out, or refused for good. */
export function isAnswered(call: Call): boolean {
  const error = firmRefusal(call)
  return call.reply?.outcome === 'ok' || (error !== undefined && !BEFORE_NONCE.has(error))
}

/** The order as a reply shows it. */
export function paymentIn({ reply }: Call) {
  return reply?.outcome === 'ok' && 'payment' in reply ? reply.payment : undefined
}

/** The refund as a reply shows it. */
export function refundIn({ reply }: Call) {
  return reply?.outcome === 'ok' && 'refund' in reply ? reply.refund : undefined
}

/** The order as a reply shows it to the payer's phone. */
export function entryIn({ reply }: Call) {
  return reply?.outcome === 'ok' && 'entry' in reply ? reply.entry : undefined
}

/** `NONE`: no such order. */
export type OrderState = PaymentStatus | 'NONE'

const KNOWN: OrderState[] = [
  'AWAITING_PASSWORD',
  'PROCESSING',
  'UNKNOWN',
  'PAID',
  'REFUSED',
  'REVERSING',
  'REVERSED',
]

/** No money has moved, or it comes back. */
const NOTHING_MOVES: OrderState[] = ['REFUSED', 'REVERSING', 'REVERSED']

/**
 * What a reply says about its order: one of these was its state at some moment between send and
 * reply. Undefined: it says nothing.
 */
export function statesTold(call: Call): OrderState[] | undefined {
  const payment = paymentIn(call)
  if (payment) return [payment.status]
  const entry = entryIn(call)
  if (entry) return KNOWN.filter((state) => state === entry.status)
  // Money that came back, or is on its way, keeps an order from being reversed.
  if (refundIn(call)) return call.send.verb === 'refund' ? ['PAID'] : KNOWN
  const error = firmRefusal(call)
  if (!error) return undefined
  if (error === 'ORDER_NOT_FOUND') return ['NONE']
  switch (call.send.verb) {
    case 'pay':
      if (STORED.has(error)) return ['REFUSED']
      if (LEAVES_NOTHING.has(error)) return ['NONE']
      if (error === 'ORDER_REVERSED') return ['REVERSING', 'REVERSED']
      return error === 'ORDER_NO_REUSED' ? KNOWN : undefined
    case 'confirm':
      // What has moved already is answered; what has not is waiting, maybe too long, or over.
      if (error === 'PAYMENT_NOT_WAITING') return ['AWAITING_PASSWORD', ...NOTHING_MOVES]
      return error === 'APPROVAL_INVALID' ? ['AWAITING_PASSWORD'] : undefined
    case 'decline':
      if (error !== 'PAYMENT_NOT_WAITING') return undefined
      return KNOWN.filter((state) => state !== 'AWAITING_PASSWORD')
    case 'reverse':
      return error === 'ORDER_REFUNDED' ? ['PAID'] : undefined
    case 'refund':
      if (error === 'REFUND_EXCEEDS_PAYMENT') return ['PAID']
      if (error === 'ORDER_NOT_PAID') return KNOWN.filter((state) => state !== 'PAID')
      return error === 'REFUND_NO_REUSED' || error === 'REFUND_DECLINED' ? KNOWN : undefined
    default:
      return error === 'REFUND_NOT_FOUND' ? KNOWN : undefined
  }
}
