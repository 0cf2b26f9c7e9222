import { refuseInactiveCard } from '../cards/card-status.ts'
import { lockPayer } from '../cards/store.ts'
import { inTransaction } from '../db/database.ts'
import { isRefusal, type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { limitStarts } from '../people/limit-starts.ts'
import { isPageOfOurs } from '../sign-ins/page-origins.ts'
import { insertSignIn } from '../sign-ins/store.ts'
import { createSecret } from '../tickets/secret.ts'
import { wechatOf } from './offered.ts'

const limitSignIns = limitStarts({ table: 'channel_sign_ins', startedAt: 'started_at' })

/**
 * Begins WeChat authentication (R27): the person makes the journey of a sign-in (decision 0031), by way of our
 * public origin to WeChat, which asks nothing, and back. Where the page wants them afterwards stays here.
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
  const { secret, hash: startHash } = createSecret(schoolId)
  const { returnTo } = body
  const started = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const payer = await lockPayer(tx, schoolId, personId)
    if (!payer) return refuse('NOT_FOUND')
    const refusal =
      (await limitSignIns(tx, schoolId, personId)) ?? refuseInactiveCard(payer.card_status)
    if (refusal) return refusal
    if (payer.wallet_status !== 'open') return refuse('ACCOUNT_NOT_OPEN')
    if (!(await isPageOfOurs(tx, schoolId, returnTo, services.bffOrigin))) {
      return refuse('RETURN_ADDRESS_NOT_ALLOWED')
    }
    const signInId = services.newId()
    return insertSignIn(tx, { schoolId, signInId, returnTo, startHash, by: { personId } })
  })
  if (isRefusal(started)) return started
  return {
    status: 201,
    body: { authoriseUrl: wechat.startUrl(secret), expiresAt: started.toISOString() },
  }
}
