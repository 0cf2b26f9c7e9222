import { inTransaction } from '../db/database.ts'
import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { saveThreshold } from './store.ts'

/** Says below which balance a payment makes a notice (R41). A balance that is below already makes none. */
export async function setNoticeSettings(
  ctx: PersonContext<'setNoticeSettings'>,
): PersonOutcome<'setNoticeSettings'> {
  const { params, services, body } = ctx
  const { lowBalanceFen } = body
  return inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const saved = await saveThreshold(tx, params.schoolId, params.personId, lowBalanceFen)
    return saved ? { status: 200, body: { lowBalanceFen } } : refuse('NOT_FOUND')
  })
}
