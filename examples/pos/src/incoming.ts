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
      const answer = await terminal.getIncoming(cursor, 2_000)
      if (answer.kind === 'answered') {
        cursor = answer.body.cursor
        // The newest ones come again, and are the same ones.
        for (const payment of answer.body.payments) seen.set(payment.paymentId, payment)
        for (const id of [...seen.keys()].slice(0, -10 * LISTED)) seen.delete(id)
      }
      return [...seen.values()].slice(-LISTED).reverse().map(toView)
    },
  }
}

function toView({ paymentId, amountFen, payer, settledAt, createdAt, status }: Payment) {
  return {
    tail: paymentId.slice(-6),
    charged: formatYuan(amountFen ?? 0),
    payer: payer?.maskedName ?? '',
    at: settledAt ?? createdAt,
    isReturned: status === 'REVERSED',
  }
}
