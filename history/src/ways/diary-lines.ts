import type { ErrorCode } from '@campus-ecode/protocol/errors'

/** A way to pay beside codes and cards at tills. */
export type Way = 'shower' | 'order' | 'collection' | 'utility' | 'wechat'

export type WayVerb =
  | 'startWater'
  | 'meterWater'
  | 'endWater'
  | 'getWater'
  | 'endMyWater'
  | 'createOrder'
  | 'closeOrder'
  | 'getMerchantOrder'
  | 'refundOrder'
  | 'payOrder'
  | 'payCollection'
  | 'topUpUtility'
  | 'getUtilityTopUp'
  | 'confirmPayment'
  | 'declinePayment'
  | 'pay'
  | 'getPayment'
  | 'reversePayment'
  | 'refundPayment'

/** Who and what is there for them. */
export interface WaysWorld {
  people: string[]
  terminals: { id: string; merchantId: string; kind: 'till' | 'online' | 'shower' | 'utility' }[]
  /** R15 */
  staticDailyFen: number
}

/**
 * One call in another way; `call` counts these alone. `subject` is what it is about, by the number that the
 * client made: `<terminal>/<session or order number>`, `<person>/<payment number>`, the top-up's id.
 */
export interface WaySendLine {
  line: 'way-send'
  atMs: number
  call: number
  core: string
  way: Way
  verb: WayVerb
  subject: string
  personId?: string
  /** What it asks for, as far as it is no secret. */
  asks?: Record<string, string | number>
}

/** What an answer says of its subject, in the same words for all ways. */
export interface Told {
  status: string
  amountFen: number | null
  paymentId?: string | null
  /** Of showers. */
  holdFen?: number
  litresMl?: number
  /** Of a refund. */
  refundNo?: string
}

/** As with orders at tills. */
export type WayReplyLine = {
  line: 'way-reply'
  atMs: number
  call: number
} & (
  | { outcome: 'ok'; told: Told }
  | { outcome: 'refused'; error: ErrorCode }
  | { outcome: 'info'; why: string }
)
