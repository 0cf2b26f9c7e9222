import { inTransaction, type Tx } from '../db/database.ts'
import {
  type PersonContext,
  type PersonOutcome,
  type Refusal,
  refuse,
  type Services,
} from '../http/operation.ts'
import { revokeIssuedCodes } from '../issued-codes/store.ts'
import { changeCardStatus, refuseInactiveCard } from './card-status.ts'
import { getCard } from './get-card.ts'
import { lockPayer } from './store.ts'

/**
 * Locks the card of somebody who lost card or phone, and with it all codes (R6): those that were
 * issued die, phones can draw none that pays. Whatever is being paid at this moment comes before or
 * after, never halfway. Repeating is harmless.
 *
 * Refuses: CARD_NOT_CLAIMED, CARD_CLOSED.
 */
export async function lockCard(ctx: PersonContext<'lockCard'>): PersonOutcome<'lockCard'> {
  const { params, services } = ctx
  const refused = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    return lockCardOf(tx, services, params)
  })
  if (refused) return refused
  services.wakeEvents()
  return getCard({ params, services })
}

/** The same in a transaction of the caller's, who wakes the readers of events. */
export async function lockCardOf(
  tx: Tx,
  services: Services,
  owner: { schoolId: string; personId: string },
): Promise<Refusal | undefined> {
  const { schoolId, personId } = owner
  const payer = await lockPayer(tx, schoolId, personId)
  if (!payer) return refuse('NOT_FOUND')
  if (payer.card_status === 'locked') return undefined
  const inactive = refuseInactiveCard(payer.card_status)
  if (inactive) return inactive
  await revokeIssuedCodes(tx, schoolId, personId, false)
  await changeCardStatus(tx, services, owner, { from: payer.card_status, to: 'locked' })
  return undefined
}
