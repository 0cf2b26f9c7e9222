import type { WechatResult } from '@campus-ecode/protocol/wechat'
import { lockPayer, type PayerRow } from '../cards/store.ts'
import { inTransaction, type Tx } from '../db/database.ts'
import { type PersonContext, type PersonOutcome, refuse, type Services } from '../http/operation.ts'
import type { KnownOpenid } from '../sign-ins/binding-store.ts'
import { hashSecret } from '../sign-ins/sign-in-state.ts'
import { spendToken } from '../sign-ins/store.ts'
import { type Owner, tellWallet } from '../wallet/change-wallet.ts'
import { findBoundPayer, saveWechatBinding } from './binding-store.ts'

/**
 * Binds the WeChat that somebody signed in with after this person had begun it (R27). The token was in
 * the address of the page that they came back to, so this call comes from there; that it comes in the
 * session which began it says that both are one.
 */
export async function confirmWechatBinding(
  ctx: PersonContext<'confirmWechatBinding'>,
): PersonOutcome<'confirmWechatBinding'> {
  const { params, services, body } = ctx
  const { schoolId, personId } = params
  const result = await inTransaction<WechatResult | undefined>(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const payer = await lockPayer(tx, schoolId, personId)
    if (!payer) return undefined
    const signedIn = await spendToken(tx, schoolId, hashSecret(body.token), personId)
    return signedIn ? bind(tx, services, { schoolId, personId }, payer, signedIn) : 'again'
  })
  if (!result) return refuse('NOT_FOUND')
  services.wakeEvents()
  return { status: 200, body: { result } }
}

async function bind(
  tx: Tx,
  services: Services,
  owner: Owner,
  payer: PayerRow,
  signedIn: KnownOpenid,
): Promise<WechatResult> {
  const { schoolId, personId } = owner
  if (payer.wallet_status !== 'open' || payer.card_status !== 'active') return 'not_ready'
  const bound = await findBoundPayer(tx, schoolId, signedIn.openidIndex)
  if (bound) return bound.person_id === personId ? 'bound' : 'taken'
  // Two people with one WeChat at the same moment: the second begins anew and finds it taken.
  await saveWechatBinding(tx, { schoolId, personId, ...signedIn })
  await tellWallet(tx, services, owner, { change: 'wechat', use: 'pay', bound: true })
  return 'bound'
}
