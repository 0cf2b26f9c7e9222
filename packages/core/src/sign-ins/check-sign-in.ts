import type { coreSignInRoutes } from '@campus-ecode/protocol/sign-ins'
import { findOrigins } from '../approvals/store.ts'
import { inTransaction } from '../db/database.ts'
import {
  type Answer,
  type BffCaller,
  type Context,
  type Refusal,
  refuse,
} from '../http/operation.ts'
import { noteSignIn } from '../schools/sign-ins.ts'
import { findBinding } from './find-binding.ts'
import { grantScopes } from './sign-in-scopes.ts'

type CheckSignIn = typeof coreSignInRoutes.checkSignIn

/**
 * Whether a sign-in still holds and what it may do, asked whenever a session is opened by one; the person is told of it
 * where devices are listed (R6). What opens a session only once comes with its id as a proof's (PROOF_REPLAYED).
 *
 * Refuses: SIGN_IN_ENDED.
 */
export async function checkSignIn(
  ctx: Context<CheckSignIn, BffCaller>,
): Promise<Answer<CheckSignIn> | Refusal> {
  const { params, body, services } = ctx
  const { schoolId, personId } = params
  const { channel, binding } = body
  return inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    if ((await findBinding(tx, schoolId, personId, channel)) !== binding) {
      return refuse('SIGN_IN_ENDED')
    }
    const scopes = await grantScopes(tx, schoolId, channel, body.scopes)
    await noteSignIn(tx, {
      schoolId,
      personId,
      scopes,
      channel: channel === 'school' ? 'school_server' : channel,
    })
    return { status: 200, body: { personId, scopes, origins: await findOrigins(tx, schoolId) } }
  })
}
