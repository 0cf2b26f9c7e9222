import { isDeepStrictEqual } from 'node:util'
import type { PortTopUpState } from '@campus-ecode/protocol/utility-port'
import type { PortAnswer } from '../ports/debit-port.ts'
import type { UtilityPort } from '../ports/utility-port.ts'

type TopUpRequest = Parameters<UtilityPort['topUp']>[0]
type KnownTopUp = Omit<PortTopUpState, 'amountFen'> & { request: TopUpRequest | undefined }
export type UtilityFault =
  | 'none'
  | 'down'
  | 'silent'
  | 'drop_answer'
  | 'refuse'
  | 'processing'
  | 'wrong_room'
  | 'yuan_for_fen'

/** Whoever sells utilities, in memory: knows the room 3-0412, credits by reference; with faults. */
export function createKnownUtility() {
  const topUps = new Map<string, KnownTopUp>()
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
  /** What it says of an amount may be wrong, and put right later. */
  function tell({ request, ...state }: KnownTopUp): PortAnswer<PortTopUpState> {
    const wrongBy = fault === 'yuan_for_fen' ? 100 : 1
    const amountFen = state.status === 'CONFIRMED' && request ? request.amountFen * wrongBy : null
    return { ok: true, value: { ...state, amountFen } }
  }
  function decide(
    reference: string,
    status: PortTopUpState['status'],
    request?: TopUpRequest,
  ): PortAnswer<PortTopUpState> {
    const at = new Date().toISOString()
    const receipt = status === 'CONFIRMED' ? '3021-4410' : null
    const state = { reference, status, receipt, at, request }
    topUps.set(reference, state)
    return tell(state)
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
        if (before) return tell(before)
        if (fault === 'wrong_room') return no('ACCOUNT_UNKNOWN')
        if (fault === 'refuse') return decide(reference, 'REFUSED', request)
        if (fault === 'processing') return decide(reference, 'PROCESSING', request)
        creditedFen += amountFen
        return decide(reference, 'CONFIRMED', request)
      }),
    query: (reference) =>
      answer('query', () => {
        const known = topUps.get(reference)
        return known ? tell(known) : no('NOT_FOUND')
      }),
    cancel: (reference) =>
      answer('cancel', () => {
        const known = topUps.get(reference)
        if (known?.status === 'CONFIRMED') return tell(known)
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
