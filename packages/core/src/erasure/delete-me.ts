import { spendApproval } from '../approvals/spend-approval.ts'
import { inTransaction } from '../db/database.ts'
import type { PersonContext, PersonOutcome } from '../http/operation.ts'
import { erasePerson } from './erase-person.ts'
import { findErasure } from './store.ts'

/**
 * Deletes the person who asks for it, by the payment password (R42). Who is deleted already is answered the same.
 *
 * Refuses: BALANCE_NOT_ZERO, TRANSFER_PENDING, APPROVAL_INVALID.
 */
export async function deleteMe(ctx: PersonContext<'deleteMe'>): PersonOutcome<'deleteMe'> {
  const { params: owner, services, body } = ctx
  const refused = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    return erasePerson(tx, services, owner, () => {
      const action = { kind: 'delete_me' } as const
      return spendApproval(tx, { ...owner, approvalId: body.approvalId, action })
    })
  })
  if (refused) return refused
  services.wakeEvents()
  const erasure = await findErasure(services.db.pool, owner)
  if (!erasure?.erasedAt) throw new Error('somebody was not deleted')
  const { erasedAt, keepUntil } = erasure
  return {
    status: 200,
    body: { deletedAt: erasedAt.toISOString(), keptUntil: keepUntil?.toISOString() ?? null },
  }
}
