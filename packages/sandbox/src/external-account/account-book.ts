import type {
  Debit,
  DebitRefund,
  DebitRequest,
  portErrorSchema,
} from '@campus-ecode/protocol/debit-port'
import type { z } from 'zod'
import type { Journal } from '../journal.ts'
import { BookState, type DebitState, type JournalEntry } from './book-state.ts'
import { createPayoutBook, type PayoutBook } from './payout-book.ts'

type PortError = z.infer<typeof portErrorSchema>
type RefundRequest = { refundReference: string; amountFen: number }

/** `later` accepts only, until it is settled; `decline` says no. */
export type Decision = 'now' | 'later' | 'decline'

export interface AccountBook {
  debit(request: DebitRequest, decision: Decision): Debit | PortError
  /** Decides a debit that was only accepted. */
  settle(reference: string): void
  query(reference: string): Debit | PortError
  reverse(reference: string): Debit | PortError
  refund(reference: string, refund: RefundRequest, decision: Decision): DebitRefund | PortError
  settleRefund(reference: string, refundReference: string): void
  queryRefund(reference: string, refundReference: string): DebitRefund | PortError
  balanceFen(account: string): number | undefined
  payouts: PayoutBook
}

/**
 * The books of a bank or a one-card system: balances by account, debits by the caller's reference.
 * Every change is a journal entry first; the same reference with the same content changes nothing
 * the second time.
 *
 * @param openingFen Counts for accounts that the journal has not opened yet.
 */
export function createAccountBook(
  journal: Journal<JournalEntry>,
  openingFen: ReadonlyMap<string, number>,
): AccountBook {
  const state = new BookState()
  const { balances, debits } = state
  const payouts = createPayoutBook(state, write)
  const opened = new Set<string>()
  for (const entry of journal.entries) {
    state.apply(entry)
    if (entry.kind === 'opened') opened.add(entry.account)
  }
  for (const [account, amountFen] of openingFen) {
    if (!opened.has(account)) write({ kind: 'opened', reference: '', account, amountFen })
  }
  // What was accepted before a restart is decided now.
  for (const [reference, { refunds }] of debits) {
    settle(reference)
    for (const refundReference of refunds.keys()) settleRefund(reference, refundReference)
  }
  for (const reference of state.payouts.keys()) payouts.settle(reference)

  function write(entry: Omit<JournalEntry, 'at'>): void {
    const full = { at: new Date().toISOString(), ...entry }
    journal.append(full)
    state.apply(full)
  }

  function decide(reference: string, account: string, amountFen: number): void {
    const covered = (balances.get(account) ?? 0) >= amountFen
    write(
      covered
        ? { kind: 'debited', reference, account, amountFen }
        : { kind: 'declined', reference, account, amountFen, declineReason: 'INSUFFICIENT_FUNDS' },
    )
  }

  function settle(reference: string): void {
    const debit = debits.get(reference)
    if (debit?.status !== 'PROCESSING' || debit.amountFen === null) return
    decide(reference, debit.account, debit.amountFen)
  }

  function settleRefund(reference: string, refundReference: string): void {
    const debit = debits.get(reference)
    const refund = debit?.refunds.get(refundReference)
    if (!debit || refund?.status !== 'PROCESSING') return
    const { amountFen } = refund
    write({ kind: 'refunded', reference, account: debit.account, amountFen, refundReference })
  }

  function query(reference: string): Debit | PortError {
    const debit = debits.get(reference)
    if (!debit) return { error: 'NOT_FOUND' }
    const { status, amountFen, declineReason, at } = debit
    return { reference, status, amountFen, declineReason, at }
  }

  function queryRefund(reference: string, refundReference: string): DebitRefund | PortError {
    return debits.get(reference)?.refunds.get(refundReference) ?? { error: 'NOT_FOUND' }
  }

  return {
    debit({ reference, account, amountFen }, decision) {
      const before = debits.get(reference)
      if (before) {
        const same =
          before.amountFen === null ||
          (before.account === account && before.amountFen === amountFen)
        return same ? query(reference) : { error: 'REFERENCE_REUSED' }
      }
      if (!balances.has(account)) return { error: 'ACCOUNT_UNKNOWN' }
      if (decision === 'later') write({ kind: 'accepted', reference, account, amountFen })
      else if (decision === 'decline') {
        write({ kind: 'declined', reference, account, amountFen, declineReason: 'OTHER' })
      } else decide(reference, account, amountFen)
      return query(reference)
    },
    settle,
    query,
    reverse(reference) {
      const debit = debits.get(reference)
      if (debit && sumRefundsFen(debit) > 0) return { error: 'NOT_REVERSIBLE' }
      if (debit?.status !== 'REVERSED' && debit?.status !== 'DECLINED') {
        // Also one never seen: a tombstone, so that the debit cannot happen later.
        const { account = '', amountFen } = debit ?? {}
        write({ kind: 'reversed', reference, account, amountFen: amountFen ?? 0 })
      }
      return query(reference)
    },
    refund(reference, { refundReference, amountFen }, decision) {
      const debit = debits.get(reference)
      if (!debit) return { error: 'NOT_FOUND' }
      const before = debit.refunds.get(refundReference)
      if (before) return before.amountFen === amountFen ? before : { error: 'REFERENCE_REUSED' }
      const takenFen = debit.status === 'SUCCEEDED' ? (debit.amountFen ?? 0) : 0
      if (amountFen > takenFen - sumRefundsFen(debit)) return { error: 'REFUND_EXCEEDS_DEBIT' }
      const kind = refundKinds[decision]
      write({ kind, reference, account: debit.account, amountFen, refundReference })
      return queryRefund(reference, refundReference)
    },
    settleRefund,
    queryRefund,
    balanceFen: (account) => balances.get(account),
    payouts,
  }
}

const refundKinds = {
  now: 'refunded',
  later: 'refund_accepted',
  decline: 'refund_declined',
} as const

/** What is given back or about to be. */
function sumRefundsFen({ refunds }: DebitState): number {
  let sumFen = 0
  for (const { status, amountFen } of refunds.values()) {
    if (status !== 'DECLINED') sumFen += amountFen
  }
  return sumFen
}
