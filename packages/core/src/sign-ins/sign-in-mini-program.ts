import { allScopes } from '@campus-ecode/protocol/sessions'
import type { coreSignInRoutes } from '@campus-ecode/protocol/sign-ins'
import { inTransaction } from '../db/database.ts'
import {
  type Answer,
  type BffCaller,
  type Context,
  type Refusal,
  refuse,
} from '../http/operation.ts'
import type { MiniProgramSignIn } from '../ports/wechat-app/wechat-app.ts'
import { createSecret } from '../tickets/secret.ts'
import { findSignedInPerson, keepOpenid } from './binding-store.ts'
import { findBinding } from './find-binding.ts'
import { miniProgramOf, SIGN_IN_PATHS } from './offered.ts'
import { findSchoolOrigins } from './page-origins.ts'
import { grantScopes } from './sign-in-scopes.ts'
import { insertPageOfMiniProgram } from './store.ts'

type SignInMiniProgram = typeof coreSignInRoutes.signInMiniProgram

const TOO_OFTEN_SECONDS = 60

/**
 * Finds whose WeChat a code of `wx.login` is of. One that nobody has gets an address, for a web-view, where card
 * number and campus-card password are entered (R2b). The address's secret stands in its fragment.
 *
 * Refuses: WECHAT_SIGN_IN_NOT_OFFERED, WECHAT_CODE_INVALID, WECHAT_SIGN_IN_UNAVAILABLE, RATE_LIMITED.
 */
export async function signInMiniProgram(
  ctx: Context<SignInMiniProgram, BffCaller>,
): Promise<Answer<SignInMiniProgram> | Refusal> {
  const { params, body, services } = ctx
  const { schoolId } = params
  const { pool } = services.db
  const wechat = miniProgramOf(services)
  const app = 'mini_program'
  const origins = await findSchoolOrigins(pool, schoolId)
  if (!wechat || !origins) return refuse('WECHAT_SIGN_IN_NOT_OFFERED')
  const found = await wechat.miniProgram.findOpenid(body.code)
  if ('failed' in found) return refusalOf(found.failed)
  const openid = await keepOpenid(services, schoolId, app, found.openid)
  const known = await inTransaction(pool, async (tx) => {
    const personId = await findSignedInPerson(tx, schoolId, app, openid.openidIndex)
    const binding = personId && (await findBinding(tx, schoolId, personId, app))
    if (!personId || !binding) return undefined
    return { personId, binding, scopes: await grantScopes(tx, schoolId, app, allScopes) }
  })
  if (known) return { status: 200, body: { result: 'signed_in', ...known, origins } }
  const { secret, hash } = createSecret(schoolId)
  const expiresAt = await inTransaction(pool, async (tx) => {
    await ctx.claimNonce(tx)
    return insertPageOfMiniProgram(tx, schoolId, services.newId(), hash, openid)
  })
  const bindUrl = `${wechat.origin}${SIGN_IN_PATHS.miniProgram}#p=${secret}`
  return {
    status: 200,
    body: { result: 'unbound', bindUrl, expiresAt: expiresAt.toISOString() },
  }
}

function refusalOf(failed: Extract<MiniProgramSignIn, { failed: string }>['failed']): Refusal {
  switch (failed) {
    case 'invalid':
    case 'used':
      return refuse('WECHAT_CODE_INVALID')
    case 'too_often':
      return refuse('RATE_LIMITED', { retryAfterSeconds: TOO_OFTEN_SECONDS })
    // WeChat holds the person back and says to nobody why.
    case 'risky':
    case 'unavailable':
      return refuse('WECHAT_SIGN_IN_UNAVAILABLE')
  }
}
