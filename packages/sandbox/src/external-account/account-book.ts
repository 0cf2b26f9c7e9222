import type {
  Debit,
  DebitRefund,
  DebitRequest,
  portErrorSchema,
} from '@campus-ecode/protocol/debit-port'
import type { z } from 'zod'
import type { Journal } from '../journal.ts'

type PortError = z.infer<typeof portErrorSchema>

/** A line of the outside system's own journal; what it is reconciled by. */
export interface JournalEntry {
  at: string
  kind: 'accepted' | 'debited' | 'declined' | 'reversed' | 'refunded'
  reference: string
  /** Empty for a reversal that came before its debit. */
  account: string
  amountFen: number
  refundReference?: string
  declineReason?: Debit['declineReason']
}

interface DebitState {
  account: string
  amountFen: number | null
  status: Debit['status']
  declineReason: Debit['declineReason']
  at: string
  refunds: Map<string, DebitRefund>
}

export interface AccountBook {
  /** `decide: 'later'` accepts only; `settle` decides. `decide: 'decline'` says no. */
  debit(request: DebitRequest, decide?: 'now' | 'later' | 'decline'): Debit | PortError
  settle(reference: string): void
  query(reference: string): Debit | PortError
  reverse(reference: string): Debit | PortError
  refund(
    reference: string,
    refund: { refundReference: string; amountFen: number },
  ): DebitRefund | PortError
  queryRefund(reference: string, refundReference: string): DebitRefund | PortError
  balanceFen(account: string): number | undefined
}

/**
 * The books of a bank or a one-card system: balances by account, debits by the caller's reference.
 * Every change is a journal entry first; the same reference with the same content changes nothing
 * the second time.
 */
export function createAccountBook(
  journal: Journal<JournalEntry>,
  openingFen: ReadonlyMap<string, number>,
  now: () => Date = () => new Date(),
): AccountBook {
  const balances = new Map(openingFen)
  const debits = new Map<string, DebitState>()
  for (const entry of journal.entries) apply(entry)

  function write(entry: Omit<JournalEntry, 'at'>): void {
    const full = { at: now().toISOString(), ...entry }
    journal.append(full)
    apply(full)
  }

  function apply(entry: JournalEntry): void {
    const debit = debits.get(entry.reference) ?? {
      account: entry.account,
      amountFen: entry.account === '' ? null : entry.amountFen,
      status: 'PROCESSING' as const,
      declineReason: null,
      at: entry.at,
      refunds: new Map(),
    }
    debits.set(entry.reference, debit)
    switch (entry.kind) {
      case 'accepted':
        return
      case 'debited':
        debit.status = 'SUCCEEDED'
        move(entry.account, -entry.amountFen)
        return
      case 'declined':
        debit.status = 'DECLINED'
        debit.declineReason = entry.declineReason ?? 'OTHER'
        return
      case 'reversed':
        if (debit.status === 'SUCCEEDED') move(debit.account, entry.amountFen)
        debit.status = 'REVERSED'
        return
      case 'refunded': {
        const refundReference = entry.refundReference ?? ''
        debit.refunds.set(refundReference, {
          reference: entry.reference,
          refundReference,
          status: 'SUCCEEDED',
          amountFen: entry.amountFen,
          at: entry.at,
        })
        move(entry.account, entry.amountFen)
        return
      }
    }
  }

  function move(account: string, changeFen: number): void {
    balances.set(account, (balances.get(account) ?? 0) + changeFen)
  }

  function decide({ reference, account, amountFen }: DebitRequest): void {
    const covered = (balances.get(account) ?? 0) >= amountFen
    write(
      covered
        ? { kind: 'debited', reference, account, amountFen }
        : { kind: 'declined', reference, account, amountFen, declineReason: 'INSUFFICIENT_FUNDS' },
    )
  }

  function answer(reference: string): Debit | PortError {
    const debit = debits.get(reference)
    if (!debit) return { error: 'NOT_FOUND' }
    const { status, amountFen, declineReason, at } = debit
    return { reference, status, amountFen, declineReason, at }
  }

  // What was accepted before a restart is decided now.
  for (const reference of debits.keys()) settle(reference)

  function settle(reference: string): void {
    const debit = debits.get(reference)
    if (debit?.status !== 'PROCESSING' || debit.amountFen === null) return
    decide({ reference, account: debit.account, amountFen: debit.amountFen, memo: '' })
  }

  return {
    debit(request, when = 'now') {
      const { reference, account, amountFen } = request
      const before = debits.get(reference)
      if (before) {
        const same =
          before.amountFen === null ||
          (before.account === account && before.amountFen === amountFen)
        return same ? answer(reference) : { error: 'REFERENCE_REUSED' }
      }
      if (!balances.has(account)) return { error: 'ACCOUNT_UNKNOWN' }
      if (when === 'later') write({ kind: 'accepted', reference, account, amountFen })
      else if (when === 'decline') {
        write({ kind: 'declined', reference, account, amountFen, declineReason: 'OTHER' })
      } else decide(request)
      return answer(reference)
    },
    settle,
    query: answer,
    reverse(reference) {
      const debit = debits.get(reference)
      if (debit && debit.refunds.size > 0) return { error: 'NOT_REVERSIBLE' }
      if (debit?.status !== 'REVERSED' && debit?.status !== 'DECLINED') {
        // Also one never seen: a tombstone, so that the debit cannot happen later.
        const { account = '', amountFen = 0 } = debit ?? {}
        write({ kind: 'reversed', reference, account, amountFen: amountFen ?? 0 })
      }
      return answer(reference)
    },
    refund(reference, { refundReference, amountFen }) {
      const debit = debits.get(reference)
      if (!debit) return { error: 'NOT_FOUND' }
      const before = debit.refunds.get(refundReference)
      if (before) return before.amountFen === amountFen ? before : { error: 'REFERENCE_REUSED' }
      let refundedFen = 0
      for (const refund of debit.refunds.values()) refundedFen += refund.amountFen
      const leftFen = debit.status === 'SUCCEEDED' ? (debit.amountFen ?? 0) - refundedFen : 0
      if (amountFen > leftFen) return { error: 'REFUND_EXCEEDS_DEBIT' }
      write({ kind: 'refunded', reference, account: debit.account, amountFen, refundReference })
      return debit.refunds.get(refundReference) ?? { error: 'NOT_FOUND' }
    },
    queryRefund(reference, refundReference) {
      return debits.get(reference)?.refunds.get(refundReference) ?? { error: 'NOT_FOUND' }
    },
    balanceFen: (account) => balances.get(account),
  }
}
