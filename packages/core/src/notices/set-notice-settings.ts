import { inTransaction } from '../db/database.ts'
import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { findNoticeSettings, saveNoticeSettings } from './store.ts'

/**
 * Says below which balance a payment makes a notice, and whether receipts come in WeChat, too (R41). A balance
 * that is below already makes none.
 */
export async function setNoticeSettings(
  ctx: PersonContext<'setNoticeSettings'>,
): PersonOutcome<'setNoticeSettings'> {
  const { params, services, body } = ctx
  const { lowBalanceFen, wechat } = body
  return inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const { schoolId, personId } = params
    const saved = await saveNoticeSettings(tx, schoolId, personId, { lowBalanceFen, wechat })
    const settings = saved && (await findNoticeSettings(tx, schoolId, personId))
    return settings ? { status: 200, body: settings } : refuse('NOT_FOUND')
  })
}
