import { formatYuan } from '@campus-ecode/protocol/money'
import type { Payment } from '@campus-ecode/protocol/payments'
import type { Terminal } from '@campus-ecode/terminal'

/** A payment to the till's own collection code (R24), as the page lists it. */
export interface IncomingView {
  /** As on the payer's result page. */
  tail: string
  charged: string
  payer: string
  at: string
  /** Given back since, in whole. */
  isReturned: boolean
}

const LISTED = 5
/** What a page of the core's holds where more has come in, and how many are asked for at once. */
const PAGE_COUNT = 50
const PAGES_MAX = 20

/**
 * What the till's printed code has taken, newest first. Asks only for what is new; while the core cannot be
 * reached it says what is known.
 */
export function createIncomingWatch(terminal: Pick<Terminal, 'getIncoming'>): {
  list(): Promise<IncomingView[]>
} {
  const seen = new Map<string, Payment>()
  let cursor: string | undefined
  return {
    async list() {
      // After a long time there are several pages, of which the oldest comes first.
      for (let page = 0; page < PAGES_MAX; page++) {
        const answer = await terminal.getIncoming(cursor, 2_000)
        if (answer.kind !== 'answered') break
        const { payments } = answer.body
        cursor = answer.body.cursor
        // The newest ones come again, and are the same ones.
        for (const payment of payments) seen.set(payment.paymentId, payment)
        for (const id of [...seen.keys()].slice(0, -PAGE_COUNT)) seen.delete(id)
        if (payments.length < PAGE_COUNT) break
      }
      return [...seen.values()].slice(-LISTED).reverse().map(toView)
    },
  }
}

function toView(payment: Payment): IncomingView {
  const { paymentId, amountFen, refundedFen, payer, settledAt, createdAt, status } = payment
  return {
    tail: paymentId.slice(-6),
    charged: formatYuan(amountFen ?? 0),
    payer: payer?.maskedName ?? '',
    at: settledAt ?? createdAt,
    isReturned: status === 'REVERSED' || refundedFen === amountFen,
  }
}
