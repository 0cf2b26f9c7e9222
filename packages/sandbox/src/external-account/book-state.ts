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
  /** The debit's, as the core made it. Empty for the opening balance of an account. */
  reference: string
  /** Empty for a reversal that came before its debit. */
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

type DebitEntry = JournalEntry & { kind: Exclude<JournalEntry['kind'], 'opened'> }

const refundStatuses = {
  refund_accepted: 'PROCESSING',
  refunded: 'SUCCEEDED',
  refund_declined: 'DECLINED',
} as const

/** What follows from a journal: balances by account, debits by reference. */
export class BookState {
  readonly balances = new Map<string, number>()
  readonly debits = new Map<string, DebitState>()

  apply(entry: JournalEntry): void {
    const { kind, account, amountFen } = entry
    if (kind === 'opened') this.#move(account, amountFen)
    else this.#applyToDebit(this.#debitOf(entry), { ...entry, kind })
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
