import { lockPayer } from '../cards/store.ts'
import { inTransaction, type Tx } from '../db/database.ts'
import { type PersonContext, type PersonOutcome, refuse, type Services } from '../http/operation.ts'
import { type Owner, tellWallet } from '../wallet/change-wallet.ts'
import { deleteWechatBinding } from './binding-store.ts'

/** WeChat codes of this person are not accepted any more (R27); repeating is harmless. */
export async function endWechatBinding(
  ctx: PersonContext<'endWechatBinding'>,
): PersonOutcome<'endWechatBinding'> {
  const { params, services } = ctx
  const isKnown = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    if (!(await lockPayer(tx, params.schoolId, params.personId))) return false
    await unbindWechat(tx, services, params)
    return true
  })
  if (!isKnown) return refuse('NOT_FOUND')
  services.wakeEvents()
  return { status: 200, body: {} }
}

/** Also when the wallet is closed or the person leaves. To be called under the payer's lock. */
export async function unbindWechat(
  tx: Tx,
  services: Pick<Services, 'newId'>,
  owner: Owner,
): Promise<void> {
  if (!(await deleteWechatBinding(tx, owner.schoolId, owner.personId))) return
  await tellWallet(tx, services, owner, { change: 'wechat', use: 'pay', bound: false })
}
