import { findPageOrigins } from '../approvals/store.ts'
import { refuseInactiveCard } from '../cards/card-status.ts'
import { lockPayer } from '../cards/store.ts'
import { inTransaction } from '../db/database.ts'
import { isRefusal, type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { limitStarts } from '../people/limit-starts.ts'
import { insertSignIn } from './binding-store.ts'
import { wechatOf } from './offered.ts'
import { createSignInState } from './sign-in-state.ts'

const limitSignIns = limitStarts({ table: 'wechat_sign_ins', startedAt: 'started_at' })

/**
 * Begins WeChat authentication (R27): the person goes to WeChat's page, which asks nothing, and comes
 * back to our callback within ten minutes. Where the page wants them afterwards stays here.
 *
 * Refuses: WECHAT_NOT_OFFERED, RATE_LIMITED, CARD_NOT_CLAIMED, CARD_LOCKED, CARD_CLOSED, ACCOUNT_NOT_OPEN,
 * RETURN_ADDRESS_NOT_ALLOWED.
 */
export async function startWechatBinding(
  ctx: PersonContext<'startWechatBinding'>,
): PersonOutcome<'startWechatBinding'> {
  const { params, services, body } = ctx
  const { schoolId, personId } = params
  const wechat = wechatOf(services)
  if (!wechat) return refuse('WECHAT_NOT_OFFERED')
  const { state, hash: stateHash } = createSignInState(schoolId)
  const { returnTo } = body
  const started = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const payer = await lockPayer(tx, schoolId, personId)
    if (!payer) return refuse('NOT_FOUND')
    const refusal =
      (await limitSignIns(tx, schoolId, personId)) ?? refuseInactiveCard(payer.card_status)
    if (refusal) return refusal
    if (payer.wallet_status !== 'open') return refuse('ACCOUNT_NOT_OPEN')
    const origins = await findPageOrigins(tx, services, schoolId)
    if (!origins.includes(new URL(returnTo).origin)) return refuse('RETURN_ADDRESS_NOT_ALLOWED')
    return insertSignIn(tx, { schoolId, stateHash, personId, returnTo })
  })
  if (isRefusal(started)) return started
  return {
    status: 201,
    body: {
      authoriseUrl: wechat.account.authoriseUrl(wechat.callbackUrl, state),
      expiresAt: started.toISOString(),
    },
  }
}
