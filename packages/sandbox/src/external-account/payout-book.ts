import type { Payout, PayoutRequest } from '@campus-ecode/protocol/bank-gateway'
import type { portErrorSchema } from '@campus-ecode/protocol/debit-port'
import type { z } from 'zod'
import type { Decision } from './account-book.ts'
import type { BookState, JournalEntry } from './book-state.ts'

type PortError = z.infer<typeof portErrorSchema>

export interface PayoutBook {
  payOut(request: PayoutRequest, decision: Decision): Payout | PortError
  /** Decides a payout that was only accepted. */
  settle(reference: string): void
  query(reference: string): Payout | PortError
  /** A tombstone also for one never seen, so that it cannot happen later. */
  cancel(reference: string): Payout | PortError
}

/** Payouts by the caller's reference: each reference pays once, into an account of these books. */
export function createPayoutBook(
  { balances, payouts }: Pick<BookState, 'balances' | 'payouts'>,
  write: (entry: Omit<JournalEntry, 'at'>) => void,
): PayoutBook {
  function query(reference: string): Payout | PortError {
    const payout = payouts.get(reference)
    if (!payout) return { error: 'NOT_FOUND' }
    const { status, amountFen, at } = payout
    return { reference, status, amountFen, at }
  }

  return {
    payOut({ reference, account, amountFen }, decision) {
      const before = payouts.get(reference)
      if (before) {
        const same =
          before.amountFen === null ||
          (before.account === account && before.amountFen === amountFen)
        return same ? query(reference) : { error: 'REFERENCE_REUSED' }
      }
      if (!balances.has(account)) return { error: 'ACCOUNT_UNKNOWN' }
      write({ kind: payoutKinds[decision], reference, account, amountFen })
      return query(reference)
    },
    settle(reference) {
      const payout = payouts.get(reference)
      if (payout?.status !== 'PROCESSING' || payout.amountFen === null) return
      const { account, amountFen } = payout
      write({ kind: 'paid_out', reference, account, amountFen })
    },
    query,
    cancel(reference) {
      if (!payouts.has(reference)) {
        write({ kind: 'payout_cancelled', reference, account: '', amountFen: 0 })
      }
      return query(reference)
    },
  }
}

const payoutKinds = {
  now: 'paid_out',
  later: 'payout_accepted',
  decline: 'payout_declined',
} as const
