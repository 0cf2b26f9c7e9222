import type { UtilityTopUp } from '@campus-ecode/protocol/utilities'
import { toBillEntry } from '../bill/entry.ts'
import { findBillEntry } from '../bill/store.ts'
import type { Queryable } from '../db/database.ts'
import type { TopUpRow } from './store.ts'

/** A top-up as the person sees it; nothing when no payment came of it. */
export async function describeTopUp(
  on: Queryable,
  row: TopUpRow,
): Promise<UtilityTopUp | undefined> {
  const { school_id: schoolId, person_id: personId, payment_id: paymentId } = row
  const entry = paymentId && (await findBillEntry(on, schoolId, personId, paymentId))
  if (!entry) return undefined
  return {
    topUpId: row.top_up_id,
    utilityId: row.utility_id,
    name: row.name,
    accountNo: row.account_no,
    label: row.label,
    status: statusOf(row),
    entry: toBillEntry(entry),
    receipt: row.receipt,
    createdAt: row.created_at.toISOString(),
  }
}

function statusOf({ payment_status, outcome, refund_status }: TopUpRow): UtilityTopUp['status'] {
  switch (payment_status) {
    case 'AWAITING_PASSWORD':
    case 'REFUSED':
      return payment_status
    case 'REVERSED':
      return 'REFUNDED'
    case 'PAID':
      if (outcome === 'succeeded') return 'CONFIRMED'
      return outcome !== null && refund_status === 'REFUNDED' ? 'REFUNDED' : 'PROCESSING'
    default:
      return 'PROCESSING'
  }
}
