import type { coreSignInRoutes } from '@campus-ecode/protocol/sign-ins'
import { findOrigins } from '../approvals/store.ts'
import {
  type Answer,
  type BffCaller,
  type Context,
  type Refusal,
  refuse,
} from '../http/operation.ts'
import { noteSignIn } from '../schools/sign-ins.ts'
import { holdsSignIn } from './holds-sign-in.ts'

type CheckSignIn = typeof coreSignInRoutes.checkSignIn

/**
 * Whether a sign-in still holds, asked whenever a session is opened by one; the person is told of it where
 * devices are listed (R6). Refuses: SIGN_IN_ENDED.
 */
export async function checkSignIn({
  params,
  body,
  services,
}: Context<CheckSignIn, BffCaller>): Promise<Answer<CheckSignIn> | Refusal> {
  const { pool } = services.db
  const { schoolId, personId } = params
  const { channel, scopes } = body
  if (!(await holdsSignIn(pool, schoolId, personId, channel))) return refuse('SIGN_IN_ENDED')
  await noteSignIn(pool, {
    schoolId,
    personId,
    scopes,
    channel: channel === 'school' ? 'school_server' : channel,
  })
  return { status: 200, body: { personId, origins: await findOrigins(pool, schoolId) } }
}
