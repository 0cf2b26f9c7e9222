import { isDeepStrictEqual } from 'node:util'
import type { PortTopUpState } from '@campus-ecode/protocol/utility-port'
import type { PortAnswer } from '../ports/debit-port.ts'
import type { UtilityPort } from '../ports/utility-port.ts'

export type UtilityFault =
  | 'none'
  | 'down'
  | 'silent'
  | 'drop_answer'
  | 'refuse'
  | 'processing'
  | 'wrong_room'

/** Whoever sells utilities, in memory: knows the room 3-0412, credits by reference; with faults. */
export function createKnownUtility() {
  const topUps = new Map<string, PortTopUpState & { request: unknown }>()
  const calls: string[] = []
  let fault: UtilityFault = 'none'
  let creditedFen = 0

  async function answer<T>(call: string, act: () => PortAnswer<T>): Promise<PortAnswer<T>> {
    calls.push(call)
    if (fault === 'down') return { ok: false, reason: 'NOT_SENT' }
    if (fault === 'silent') return { ok: false, reason: 'UNKNOWN' }
    const result = act()
    return fault === 'drop_answer' ? { ok: false, reason: 'UNKNOWN' } : result
  }
  const no = (error: 'NOT_FOUND' | 'ACCOUNT_UNKNOWN' | 'REFERENCE_REUSED') =>
    ({ ok: false, reason: 'REFUSED', error }) as const
  function decide(
    reference: string,
    status: PortTopUpState['status'],
    request: unknown,
  ): PortAnswer<PortTopUpState> {
    const at = new Date().toISOString()
    const receipt = status === 'CONFIRMED' ? '3021-4410' : null
    const state = { reference, status, receipt, at }
    topUps.set(reference, { ...state, request })
    return { ok: true, value: state }
  }

  const port: UtilityPort = {
    findAccount: ({ accountNo }) =>
      answer('findAccount', () =>
        accountNo === '3-0412'
          ? { ok: true, value: { accountNo, label: '3号楼 412', balanceFen: -250 } }
          : no('ACCOUNT_UNKNOWN'),
      ),
    topUp: (request) =>
      answer('topUp', () => {
        const { reference, amountFen } = request
        const before = topUps.get(reference)
        if (before?.request && !isDeepStrictEqual(before.request, request)) {
          return no('REFERENCE_REUSED')
        }
        if (before) return { ok: true, value: before }
        if (fault === 'wrong_room') return no('ACCOUNT_UNKNOWN')
        if (fault === 'refuse') return decide(reference, 'REFUSED', request)
        if (fault === 'processing') return decide(reference, 'PROCESSING', request)
        creditedFen += amountFen
        return decide(reference, 'CONFIRMED', request)
      }),
    query: (reference) =>
      answer('query', () => {
        const known = topUps.get(reference)
        return known ? { ok: true, value: known } : no('NOT_FOUND')
      }),
    cancel: (reference) =>
      answer('cancel', () => {
        const known = topUps.get(reference)
        if (known?.status === 'CONFIRMED') return { ok: true, value: known }
        return decide(reference, 'REFUSED', known?.request)
      }),
  }
  return {
    ...port,
    calls,
    setFault(next: UtilityFault) {
      fault = next
    },
    /** What rooms have been given in all. */
    creditedFen: () => creditedFen,
  }
}
