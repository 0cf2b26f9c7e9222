import { lockPayer } from '../cards/store.ts'
import { inTransaction } from '../db/database.ts'
import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { getAccounts } from './get-accounts.ts'
import { setDefaultAccount } from './store.ts'

/**
 * Says which account a new code names first (R7).
 *
 * Refuses: ACCOUNT_NOT_OPEN.
 */
export async function chooseDefaultAccount(
  ctx: PersonContext<'chooseDefaultAccount'>,
): PersonOutcome<'chooseDefaultAccount'> {
  const { params, services, body } = ctx
  const { schoolId, personId } = params
  const refused = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const payer = await lockPayer(tx, schoolId, personId)
    if (!payer) return refuse('NOT_FOUND')
    const status = body.account === 'wallet' ? payer.wallet_status : payer.one_card_status
    if (status !== 'open') return refuse('ACCOUNT_NOT_OPEN')
    await setDefaultAccount(tx, schoolId, personId, body.account)
    return undefined
  })
  return refused ?? getAccounts({ params, services })
}
