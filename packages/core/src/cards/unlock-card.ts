import { spendApproval } from '../approvals/spend-approval.ts'
import { inTransaction } from '../db/database.ts'
import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { changeCardStatus, refuseInactiveCard } from './card-status.ts'
import { getCard } from './get-card.ts'
import { lockPayer } from './store.ts'

/**
 * Unlocks the card with the payment password (R6). A card that is not locked stays as it is.
 *
 * Refuses: CARD_NOT_CLAIMED, CARD_CLOSED, APPROVAL_INVALID.
 */
export async function unlockCard(ctx: PersonContext<'unlockCard'>): PersonOutcome<'unlockCard'> {
  const { params, services, body } = ctx
  const { schoolId, personId } = params
  const refused = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const payer = await lockPayer(tx, schoolId, personId)
    if (!payer) return refuse('NOT_FOUND')
    if (payer.card_status !== 'locked') return refuseInactiveCard(payer.card_status)
    const { approvalId } = body
    const action = { kind: 'unlock_card' } as const
    const invalid = await spendApproval(tx, { schoolId, personId, approvalId, action })
    if (invalid) return invalid
    await changeCardStatus(tx, services, params, { from: 'locked', to: 'active' })
    return undefined
  })
  if (refused) return refused
  services.wakeEvents()
  return getCard({ params, services })
}
