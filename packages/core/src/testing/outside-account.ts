import type { Debit, DebitRefund, DebitRequest } from '@campus-ecode/protocol/debit-port'
import type { DebitPort, PortAnswer } from '../ports/debit-port.ts'

/** What goes wrong at the outside system with the next call. */
export type OutsideFault =
  | 'none'
  | 'down'
  | 'silent'
  /** It has no such account. */
  | 'no_account'
  | 'drop_answer'
  /** The network delivers the call twice, and what comes back is the no to the repeat. */
  | 'refuse_repeat'
  | 'decline'
  /** It says that it moved one fen. */
  | 'other_amount'
  | 'processing'

/** An account somebody else keeps, as the port shows it: a journal by reference, and faults. */
export function createOutsideAccount() {
  const debits = new Map<string, Debit & { refundedFen: number }>()
  const refunds = new Map<string, DebitRefund>()
  const calls: string[] = []
  let fault: OutsideFault = 'none'

  async function answer<T>(call: string, act: () => PortAnswer<T>): Promise<PortAnswer<T>> {
    calls.push(call)
    if (fault === 'down') return { ok: false, reason: 'NOT_SENT' }
    if (fault === 'no_account') return { ok: false, reason: 'REFUSED', error: 'ACCOUNT_UNKNOWN' }
    if (fault === 'silent') return { ok: false, reason: 'UNKNOWN' }
    const result = act()
    if (fault === 'refuse_repeat') return { ok: false, reason: 'REFUSED', error: 'UNAUTHORISED' }
    if (fault === 'other_amount' && result.ok) {
      return { ok: true, value: { ...result.value, amountFen: 1 } }
    }
    return fault === 'drop_answer' ? { ok: false, reason: 'UNKNOWN' } : result
  }
  const at = () => new Date().toISOString()
  const notFound = { ok: false, reason: 'REFUSED', error: 'NOT_FOUND' } as const

  const port: DebitPort = {
    debit: (request: DebitRequest) =>
      answer('debit', () => {
        const before = debits.get(request.reference)
        if (before) return { ok: true, value: before }
        const status =
          fault === 'decline' ? 'DECLINED' : fault === 'processing' ? 'PROCESSING' : 'SUCCEEDED'
        const debit = {
          reference: request.reference,
          status,
          amountFen: request.amountFen,
          declineReason: status === 'DECLINED' ? 'OTHER' : null,
          at: at(),
          refundedFen: 0,
        } as const
        debits.set(request.reference, debit)
        return { ok: true, value: debit }
      }),
    query: (reference) =>
      answer('query', () => {
        const debit = debits.get(reference)
        return debit ? { ok: true, value: debit } : notFound
      }),
    reverse: (reference) =>
      answer('reverse', () => {
        const before = debits.get(reference)
        const debit: Debit & { refundedFen: number } = {
          ...(before ?? {
            reference,
            amountFen: null,
            declineReason: null,
            at: at(),
            refundedFen: 0,
          }),
          status: before?.status === 'DECLINED' ? 'DECLINED' : 'REVERSED',
        }
        debits.set(reference, debit)
        return { ok: true, value: debit }
      }),
    refund: (reference, { refundReference, amountFen }) =>
      answer('refund', () => {
        const debit = debits.get(reference)
        if (!debit) return notFound
        const before = refunds.get(refundReference)
        if (before) return { ok: true, value: before }
        const value = {
          reference,
          refundReference,
          status: fault === 'decline' ? 'DECLINED' : 'SUCCEEDED',
          amountFen,
          at: at(),
        } as const
        refunds.set(refundReference, value)
        return { ok: true, value }
      }),
    queryRefund: (_reference, refundReference) =>
      answer('queryRefund', () => {
        const value = refunds.get(refundReference)
        return value ? { ok: true, value } : notFound
      }),
  }
  return {
    ...port,
    balance: () =>
      answer('balance', () => ({ ok: true, value: { balanceFen: 5620, asOf: at() } }) as const),
    calls,
    setFault(next: OutsideFault) {
      fault = next
    },
    /** The outside system decides a debit it had only accepted. */
    settle(status: Debit['status']) {
      for (const [reference, debit] of debits) {
        if (debit.status === 'PROCESSING') debits.set(reference, { ...debit, status })
      }
    },
    /** What it took and did not give back, in fen. */
    netFen(): number {
      let sum = 0
      for (const debit of debits.values()) {
        if (debit.status === 'SUCCEEDED') sum += debit.amountFen ?? 0
      }
      for (const refund of refunds.values()) {
        if (refund.status === 'SUCCEEDED') sum -= refund.amountFen
      }
      return sum
    },
  }
}
export type OutsideAccount = ReturnType<typeof createOutsideAccount>
