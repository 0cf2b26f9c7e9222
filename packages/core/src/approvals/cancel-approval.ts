import { inTransaction } from '../db/database.ts'
import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { cancelApproval as endApproval, findApproval } from './store.ts'

/**
 * The person has closed the keypad without its page knowing: nothing can be approved on it any more,
 * and what was approved cannot be spent. Repeating is harmless, also when it is over.
 *
 * Refuses: APPROVAL_INVALID, for one that is unknown or somebody else's.
 */
export async function cancelApproval(
  ctx: PersonContext<'cancelApproval'>,
): PersonOutcome<'cancelApproval'> {
  const { schoolId, personId, approvalId } = ctx.params
  const known = await inTransaction(ctx.services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    await endApproval(tx, schoolId, approvalId, personId)
    return findApproval(tx, schoolId, approvalId, personId)
  })
  return known ? { status: 200, body: {} } : refuse('APPROVAL_INVALID')
}
