import type { ApprovalAction } from '@campus-ecode/protocol/approvals'
import { prepare, type Tx } from '../db/database.ts'
import { type Refusal, refuse } from '../http/operation.ts'

// As parsed values: neither the order of members nor spaces matter, everything else does.
const spend = prepare<{ spent: 1 }>(
  `update approvals set status = 'spent'
    where school_id = $1 and approval_id = $2 and person_id = $3
      and status = 'approved' and expires_at > now() and action = $4::jsonb
   returning 1 as spent`,
)

/**
 * Spends what a person approved with the payment password (R16), in the transaction of the operation
 * it was approved for: both happen or neither does. A repeat that can be told by its own id is to be
 * answered before this is called.
 *
 * @param action What the operation is about to do; must be what the person was shown.
 * @returns APPROVAL_INVALID for an approval that is unknown, not given, expired, spent, somebody
 * else's or of another action; otherwise nothing.
 */
export async function spendApproval(
  tx: Tx,
  {
    schoolId,
    personId,
    approvalId,
    action,
  }: { schoolId: string; personId: string; approvalId: string; action: ApprovalAction },
): Promise<Refusal | undefined> {
  const [row] = await spend(tx, [schoolId, approvalId, personId, JSON.stringify(action)])
  return row ? undefined : refuse('APPROVAL_INVALID')
}
