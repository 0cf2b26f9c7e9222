import { inTransaction } from '../db/database.ts'
import type { PersonContext, PersonOutcome } from '../http/operation.ts'

/** WeChat codes of this person are not accepted any more (R27); repeating is harmless. */
export async function endWechatBinding(
  ctx: PersonContext<'endWechatBinding'>,
): PersonOutcome<'endWechatBinding'> {
  await inTransaction(ctx.services.db.pool, (tx) => ctx.claimNonce(tx))
  return { status: 200, body: {} }
}
