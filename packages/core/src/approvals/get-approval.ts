import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { findApproval } from './store.ts'

/**
 * Whether the person has approved, for a page that was away in the meantime.
 *
 * Refuses: APPROVAL_INVALID, for one that is unknown or somebody else's.
 */
export async function getApproval({
  params,
  services,
}: PersonContext<'getApproval'>): PersonOutcome<'getApproval'> {
  const { schoolId, personId, approvalId } = params
  const row = await findApproval(services.db.pool, schoolId, approvalId, personId)
  if (!row) return refuse('APPROVAL_INVALID')
  const over = row.status === 'spent' || row.status === 'cancelled'
  const status = !over && row.expired ? 'expired' : row.status
  return { status: 200, body: { approvalId, status, action: row.action } }
}
