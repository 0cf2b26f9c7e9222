import type { coreSignInRoutes } from '@campus-ecode/protocol/sign-ins'
import { inTransaction } from '../db/database.ts'
import {
  type Answer,
  type BffCaller,
  type Context,
  type Refusal,
  refuse,
} from '../http/operation.ts'
import { createSecret } from '../tickets/secret.ts'
import { officialAccountOf } from './offered.ts'
import { isPageOfOurs } from './page-origins.ts'
import { insertSignIn } from './store.ts'

type StartWechatSignIn = typeof coreSignInRoutes.startWechatSignIn

/**
 * Begins a sign-in by WeChat. The person goes to our public origin first, which binds the journey to their
 * browser, and from there on to WeChat. Where the page wants them afterwards stays here.
 *
 * Refuses: WECHAT_SIGN_IN_NOT_OFFERED, RETURN_ADDRESS_NOT_ALLOWED.
 */
export async function startWechatSignIn(
  ctx: Context<StartWechatSignIn, BffCaller>,
): Promise<Answer<StartWechatSignIn> | Refusal> {
  const { params, body, services } = ctx
  const { schoolId } = params
  const { challenge, returnTo, bffOrigin } = body
  const wechat = officialAccountOf(services)
  if (!wechat) return refuse('WECHAT_SIGN_IN_NOT_OFFERED')
  const { secret, hash: startHash } = createSecret(schoolId)
  return inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    if (!(await isPageOfOurs(tx, schoolId, returnTo, bffOrigin))) {
      return refuse('RETURN_ADDRESS_NOT_ALLOWED')
    }
    const signInId = services.newId()
    const signIn = { schoolId, signInId, returnTo, startHash, by: { challenge } }
    const expiresAt = await insertSignIn(tx, signIn)
    return {
      status: 201,
      body: {
        authoriseUrl: wechat.startUrl(secret),
        expiresAt: expiresAt.toISOString(),
      },
    }
  })
}
