import { giveConsent } from '../consents/store.ts'
import { inTransaction } from '../db/database.ts'
import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { changeCardStatus, refuseInactiveCard } from './card-status.ts'
import { getCard } from './get-card.ts'
import { lockPayer } from './store.ts'

/**
 * Activates a person's e-card. The school's server asserted the number when it opened the session,
 * so this is consent (R2a). Repeating is harmless.
 *
 * Refuses: CARD_LOCKED, CARD_CLOSED.
 */
export async function claimCard(ctx: PersonContext<'claimCard'>): PersonOutcome<'claimCard'> {
  const { params, services } = ctx
  const { schoolId, personId } = params
  const refused = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const payer = await lockPayer(tx, schoolId, personId)
    if (!payer) return refuse('NOT_FOUND')
    if (payer.card_status !== 'unclaimed') return refuseInactiveCard(payer.card_status)
    await giveConsent(tx, services, params, 'card')
    await changeCardStatus(tx, services, params, { from: 'unclaimed', to: 'active' })
    return undefined
  })
  if (refused) return refused
  services.wakeEvents()
  return getCard({ params, services })
}
