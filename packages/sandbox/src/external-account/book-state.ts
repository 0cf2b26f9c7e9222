import type { Payout } from '@campus-ecode/protocol/bank-gateway'
import type { Debit, DebitRefund } from '@campus-ecode/protocol/debit-port'

/** A line of the outside system's own journal; what it is reconciled by. */
export interface JournalEntry {
  at: string
  kind:
    | 'opened'
    | 'accepted'
    | 'debited'
    | 'declined'
    | 'reversed'
    | 'refund_accepted'
    | 'refunded'
    | 'refund_declined'
    | 'payout_accepted'
    | 'paid_out'
    | 'payout_declined'
    | 'payout_cancelled'
  /** The debit's or payout's, as the core made it. Empty for the opening balance of an account. */
  reference: string
  /** Empty for a reversal or cancellation that came before what it is about. */
  account: string
  amountFen: number
  refundReference?: string
  declineReason?: Debit['declineReason']
}

export interface DebitState {
  account: string
  amountFen: number | null
  status: Debit['status']
  declineReason: Debit['declineReason']
  at: string
  refunds: Map<string, DebitRefund>
}

export interface PayoutState {
  account: string
  /** null for a cancellation that came before its payout. */
  amountFen: number | null
  status: Payout['status']
  at: string
}

const payoutStatuses = {
  payout_accepted: 'PROCESSING',
  paid_out: 'SUCCEEDED',
  payout_declined: 'DECLINED',
  payout_cancelled: 'CANCELLED',
} as const
type PayoutKind = keyof typeof payoutStatuses

type DebitEntry = JournalEntry & { kind: Exclude<JournalEntry['kind'], 'opened' | PayoutKind> }

const refundStatuses = {
  refund_accepted: 'PROCESSING',
  refunded: 'SUCCEEDED',
  refund_declined: 'DECLINED',
} as const

/** What follows from a journal: balances by account, debits and payouts by reference. */
export class BookState {
  readonly balances = new Map<string, number>()
  readonly debits = new Map<string, DebitState>()
  readonly payouts = new Map<string, PayoutState>()

  apply(entry: JournalEntry): void {
    const { kind, account, amountFen } = entry
    if (kind === 'opened') this.#move(account, amountFen)
    else if (isPayoutKind(kind)) this.#applyToPayout(entry, kind)
    else this.#applyToDebit(this.#debitOf(entry), { ...entry, kind })
  }

  #applyToPayout({ reference, account, amountFen, at }: JournalEntry, kind: PayoutKind): void {
    const known = this.payouts.get(reference)
    this.payouts.set(reference, {
      account,
      amountFen: kind === 'payout_cancelled' ? null : amountFen,
      status: payoutStatuses[kind],
      at: known?.at ?? at,
    })
    if (kind === 'paid_out') this.#move(account, amountFen)
  }

  #applyToDebit(debit: DebitState, entry: DebitEntry): void {
    const { kind, account, amountFen } = entry
    switch (kind) {
      case 'accepted':
        return
      case 'debited':
        debit.status = 'SUCCEEDED'
        this.#move(account, -amountFen)
        return
      case 'declined':
        debit.status = 'DECLINED'
        debit.declineReason = entry.declineReason ?? 'OTHER'
        return
      case 'reversed':
        if (debit.status === 'SUCCEEDED') this.#move(debit.account, amountFen)
        debit.status = 'REVERSED'
        return
      case 'refund_accepted':
      case 'refunded':
      case 'refund_declined': {
        const { reference, refundReference = '', at } = entry
        const status = refundStatuses[kind]
        debit.refunds.set(refundReference, { reference, refundReference, status, amountFen, at })
        if (status === 'SUCCEEDED') this.#move(account, amountFen)
      }
    }
  }

  #debitOf(entry: JournalEntry): DebitState {
    const known = this.debits.get(entry.reference)
    if (known) return known
    const debit: DebitState = {
      account: entry.account,
      amountFen: entry.account === '' ? null : entry.amountFen,
      status: 'PROCESSING',
      declineReason: null,
      at: entry.at,
      refunds: new Map(),
    }
    this.debits.set(entry.reference, debit)
    return debit
  }

  #move(account: string, changeFen: number): void {
    this.balances.set(account, (this.balances.get(account) ?? 0) + changeFen)
  }
}

function isPayoutKind(kind: JournalEntry['kind']): kind is PayoutKind {
  return Object.hasOwn(payoutStatuses, kind)
}
