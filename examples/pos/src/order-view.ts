import type { Sentences } from '@campus-ecode/protocol/errors'
import { formatYuan } from '@campus-ecode/protocol/money'
import type { Payment } from '@campus-ecode/protocol/payments'
import type { Channel, PayMeans, PersonClass } from '@campus-ecode/protocol/shapes'
import type { Order } from './order-journal.ts'

/** What the till has heard of an order so far. */
export interface Heard {
  payment?: Payment | undefined
  refusal?: { code: string; message: Sentences } | undefined
  /** How many refund numbers came to nothing: each is lost for good. */
  lostRefunds?: number | undefined
}

/** An order as the page shows it. Amounts are texts: a page does no arithmetic with money. */
export interface OrderView {
  orderNo: string
  at: string
  /** `open`: not known yet, and never to be shown as failed (R33). */
  state: 'open' | 'paid' | 'refused' | 'reversed'
  reversing: boolean
  /** A password is asked for, by the phone or by WeChat, for about so long; null when none is. */
  password: { secondsLeft: number; by: 'phone' | 'wechat' } | null
  list: string
  charged: string | null
  rule: { name: Sentences; change: string } | null
  payer: { class: PersonClass; maskedName: string } | null
  /** R29: what was presented. */
  means: PayMeans | null
  channel: Channel | null
  refusal: { code: string; message: Sentences } | null
  refunded: string | null
  mayReverse: boolean
  /** What can still be refunded, and the number to do it under; null when nothing can. */
  refund: { refundNo: string; most: string } | null
  /** Why the last thing asked for was not done, or not yet. */
  notice: Sentences | null
}

export function toOrderView(
  { orderNo, at, listFen }: Order,
  { payment, refusal, lostRefunds = 0 }: Heard,
  /** By the core's clock. */
  nowMs: number,
  notice: Sentences | null = null,
): OrderView {
  const state = readState({ payment, refusal })
  const refundedFen = payment?.refundedFen ?? 0
  const leftFen = (payment?.amountFen ?? 0) - refundedFen
  return {
    orderNo,
    at,
    state,
    reversing: payment?.status === 'REVERSING',
    password:
      // The refusal that ended the wait may be heard before the order itself is.
      state === 'open' && payment ? readPassword(payment, nowMs) : null,
    list: formatYuan(payment?.listFen ?? listFen),
    charged: textOf(payment?.amountFen),
    rule: payment?.rule
      ? { name: payment.rule.name, change: withSign(payment.rule.changeFen) }
      : null,
    payer: payment?.payer ?? null,
    means: payment?.means ?? null,
    channel: payment?.channel ?? null,
    refusal: refusal ?? payment?.refusal ?? null,
    refunded: refundedFen > 0 ? formatYuan(refundedFen) : null,
    mayReverse: state === 'open' || (state === 'paid' && refundedFen === 0),
    refund:
      state === 'paid' && leftFen > 0
        ? // Named by what was refunded before: pressed twice, or after a crash, it is the same refund.
          {
            refundNo: `${orderNo}-r${refundedFen}${lostRefunds > 0 ? `-${lostRefunds}` : ''}`,
            most: formatYuan(leftFen).slice(1),
          }
        : null,
    notice,
  }
}

/** R23, R27. */
function readPassword(payment: Payment, nowMs: number): OrderView['password'] {
  const { status, means, confirmBy } = payment
  if (status === 'AWAITING_PASSWORD') {
    return { secondsLeft: readSecondsLeft(payment, nowMs), by: 'phone' }
  }
  if (means !== 'wechat' || confirmBy === null) return null
  const secondsLeft = readSecondsLeft(payment, nowMs)
  // An answer of WeChat's was lost; for so long the payer may be typing all the same.
  const isAsked = status === 'PROCESSING' || (status === 'UNKNOWN' && secondsLeft > 0)
  return isAsked ? { secondsLeft, by: 'wechat' } : null
}

/** When they are over, the core says so. */
function readSecondsLeft({ confirmBy }: Payment, nowMs: number): number {
  const leftMs = confirmBy === null ? 0 : Date.parse(confirmBy) - nowMs
  return Math.max(0, Math.ceil(leftMs / 1000))
}

function readState({ payment, refusal }: Heard): OrderView['state'] {
  if (refusal || payment?.status === 'REFUSED') return 'refused'
  if (payment?.status === 'PAID') return 'paid'
  return payment?.status === 'REVERSED' ? 'reversed' : 'open'
}

function textOf(fen: number | null | undefined): string | null {
  return fen === null || fen === undefined ? null : formatYuan(fen)
}

function withSign(fen: number): string {
  return fen > 0 ? `+${formatYuan(fen)}` : formatYuan(fen)
}
