import { inTransaction } from '../db/database.ts'
import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { countUnread, markNoticesRead } from './store.ts'

/**
 * Marks a notice and all before it as read. Repeating is harmless.
 *
 * Refuses: NOTICE_UNKNOWN.
 */
export async function readNotices(ctx: PersonContext<'readNotices'>): PersonOutcome<'readNotices'> {
  const { params, services, body } = ctx
  const { schoolId, personId } = params
  return inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const known = await markNoticesRead(tx, schoolId, personId, body.upTo)
    if (!known) return refuse('NOTICE_UNKNOWN')
    return { status: 200, body: { unreadCount: await countUnread(tx, schoolId, personId) } }
  })
}
