import type { portErrorSchema } from '@campus-ecode/protocol/debit-port'
import type { UtilityAccount } from '@campus-ecode/protocol/utilities'
import type {
  PortTopUpState,
  portFindAccountSchema,
  portTopUpSchema,
} from '@campus-ecode/protocol/utility-port'
import type { z } from 'zod'
import type { Decision } from '../external-account/account-book.ts'
import type { Journal } from '../journal.ts'
import type { OutsideAccounts } from '../outside-accounts.ts'

type PortError = z.infer<typeof portErrorSchema>
type FindAccount = z.infer<typeof portFindAccountSchema>
type PortTopUp = z.infer<typeof portTopUpSchema>

/** A line of the utility's own journal; what it is reconciled by. */
export interface UtilityEntry {
  at: string
  kind: 'accepted' | 'confirmed' | 'refused'
  /** As the core made it. */
  reference: string
  /** Absent from a cancellation that came before its top-up. */
  request?: PortTopUp
  receipt: string | null
}

export interface TopUpBook {
  find(request: FindAccount): UtilityAccount | PortError
  topUp(request: PortTopUp, decision: Decision | 'wrong_room'): PortTopUpState | PortError
  /** Decides a top-up that was only accepted. */
  settle(reference: string): void
  query(reference: string): PortTopUpState | PortError
  cancel(reference: string): PortTopUpState
}

const statuses = { accepted: 'PROCESSING', confirmed: 'CONFIRMED', refused: 'REFUSED' } as const

/** Rooms and their balances, and what was credited to them, by the core's reference. */
export function createTopUpBook(
  journal: Journal<UtilityEntry>,
  rooms: OutsideAccounts['utilities'],
): TopUpBook {
  const newest = new Map<string, UtilityEntry>()
  for (const entry of journal.entries) newest.set(entry.reference, entry)
  // What was accepted before a restart is decided now.
  for (const reference of newest.keys()) settle(reference)

  function write(kind: UtilityEntry['kind'], reference: string, request?: PortTopUp): void {
    const receipt = kind === 'confirmed' ? drawReceipt(journal.entries.length) : null
    const at = new Date().toISOString()
    const entry = { at, kind, reference, ...(request && { request }), receipt }
    journal.append(entry)
    newest.set(reference, entry)
  }

  function settle(reference: string): void {
    const entry = newest.get(reference)
    if (entry?.kind === 'accepted') write('confirmed', reference, entry.request)
  }

  function findRoom({ utility, campus, accountNo }: Omit<FindAccount, 'schoolId'>) {
    return rooms.find(
      (room) =>
        room.utility === utility &&
        room.accountNo === accountNo &&
        (room.campus === undefined || campus === null || room.campus === campus),
    )
  }

  function query(reference: string): PortTopUpState | PortError {
    const entry = newest.get(reference)
    if (!entry) return { error: 'NOT_FOUND' }
    const { kind, request, receipt, at } = entry
    const amountFen = kind === 'confirmed' && request ? request.amountFen : null
    return { reference, status: statuses[kind], amountFen, receipt, at }
  }

  return {
    find(request) {
      const room = findRoom(request)
      if (!room) return { error: 'ACCOUNT_UNKNOWN' }
      const { accountNo, label } = room
      let balanceFen = room.balanceFen
      for (const { kind, request: paid } of newest.values()) {
        if (kind === 'confirmed' && paid && findRoom(paid) === room) balanceFen += paid.amountFen
      }
      return { accountNo, label, balanceFen: room.tellsBalance ? balanceFen : null }
    },
    topUp(request, decision) {
      const { reference } = request
      const before = newest.get(reference)
      if (before) {
        const same = !before.request || isSame(before.request, request)
        return same ? query(reference) : { error: 'REFERENCE_REUSED' }
      }
      if (decision === 'wrong_room' || !findRoom(request)) return { error: 'ACCOUNT_UNKNOWN' }
      write(kinds[decision], reference, request)
      return query(reference)
    },
    settle,
    query,
    cancel(reference) {
      const entry = newest.get(reference)
      // Also one never seen: a tombstone, so that it cannot happen later.
      if (entry?.kind !== 'confirmed' && entry?.kind !== 'refused') {
        write('refused', reference, entry?.request)
      }
      return query(reference) as PortTopUpState
    },
  }
}

const kinds = { now: 'confirmed', later: 'accepted', decline: 'refused' } as const

function isSame(a: PortTopUp, b: PortTopUp): boolean {
  return (Object.keys(a) as (keyof PortTopUp)[]).every((name) => a[name] === b[name])
}

/** As prepaid meters print it: digits in fours. */
function drawReceipt(count: number): string {
  return String(70_000_000 + count).replace(/(\d{4})(\d{4})/, '$1-$2')
}
