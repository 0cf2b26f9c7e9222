import { inTransaction } from '../db/database.ts'
import { isRefusal, type PersonContext, type PersonOutcome } from '../http/operation.ts'
import { describeGathering } from './describe-gathering.ts'
import { findOwnGathering } from './own-gathering.ts'
import { markEnded } from './store.ts'

/**
 * Ends a gathering now: its gates let nobody in to it any more. One that has ended stays as it is.
 *
 * Refuses: GATHERING_UNKNOWN, for another's as for none; GATHERING_TEACHERS_ONLY to a teacher of before.
 */
export async function endGathering(
  ctx: PersonContext<'endGathering'>,
): PersonOutcome<'endGathering'> {
  const { params, services } = ctx
  const { schoolId, gatheringId } = params
  const { pool } = services.db
  const row = await inTransaction(pool, async (tx) => {
    await ctx.claimNonce(tx)
    const own = await findOwnGathering(tx, params)
    if (isRefusal(own)) return own
    await markEnded(tx, schoolId, gatheringId, new Date(services.now()))
    return findOwnGathering(tx, params)
  })
  if (isRefusal(row)) return row
  services.wakeEvents()
  return { status: 200, body: await describeGathering(pool, schoolId, row) }
}
