import { lockPayer } from '../cards/store.ts'
import { inTransaction, type Tx } from '../db/database.ts'
import { type PersonContext, type PersonOutcome, refuse, type Services } from '../http/operation.ts'
import { type Owner, tellWallet } from '../wallet/change-wallet.ts'
import { deleteSignInBindings } from './binding-store.ts'

/** No WeChat signs this person in any more (R6); pages that are open end with their next refresh. */
export async function endWechatSignIn(
  ctx: PersonContext<'endWechatSignIn'>,
): PersonOutcome<'endWechatSignIn'> {
  const { params, services } = ctx
  const isKnown = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    if (!(await lockPayer(tx, params.schoolId, params.personId))) return false
    await endSignIns(tx, services, params)
    return true
  })
  if (!isKnown) return refuse('NOT_FOUND')
  services.wakeEvents()
  return { status: 200, body: {} }
}

/** Also when the card office says so or the person leaves. To be called under the payer's lock. */
export async function endSignIns(
  tx: Tx,
  services: Pick<Services, 'newId'>,
  owner: Owner,
): Promise<void> {
  if (!(await deleteSignInBindings(tx, owner.schoolId, owner.personId))) return
  await tellWallet(tx, services, owner, { change: 'wechat', use: 'sign_in', bound: false })
}
