import { refuseInactiveCard } from '../cards/card-status.ts'
import { lockPayer } from '../cards/store.ts'
import { inTransaction } from '../db/database.ts'
import { isRefusal, type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { describeConsents } from './get-consents.ts'
import { giveConsent } from './store.ts'

/**
 * Agrees to what has no operation of its own here, which is paying by face (R29, R42). Repeating is
 * harmless.
 *
 * Refuses: CARD_NOT_CLAIMED, CARD_LOCKED, CARD_CLOSED.
 */
export async function agree(ctx: PersonContext<'giveConsent'>): PersonOutcome<'giveConsent'> {
  const { params, services, body } = ctx
  const { schoolId, personId } = params
  const outcome = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const payer = await lockPayer(tx, schoolId, personId)
    if (!payer) return refuse('NOT_FOUND')
    const refusal = refuseInactiveCard(payer.card_status)
    if (refusal) return refusal
    await giveConsent(tx, services, params, body.purpose)
    return { consents: await describeConsents(tx, schoolId, personId) }
  })
  return isRefusal(outcome) ? outcome : { status: 200, body: outcome }
}
