import type { waterRoutes } from '@campus-ecode/protocol/water'
import {
  type Answer,
  type Context,
  type Refusal,
  refuse,
  type TerminalCaller,
} from '../http/operation.ts'
import { toWaterSession } from './describe-water.ts'
import { endSession } from './settle-water.ts'
import { findSession, type SessionKey } from './store.ts'

/**
 * Settles a session for what can be believed of the last reading and before, and releases the rest. One
 * that has ended, by whomever, stays as it is and is shown.
 *
 * Refuses: WATER_SESSION_UNKNOWN.
 */
export async function endWater(
  ctx: Context<typeof waterRoutes.endWater, TerminalCaller>,
): Promise<Answer<typeof waterRoutes.endWater> | Refusal> {
  const { services, body } = ctx
  const key = keyOf(ctx)
  const session = await findSession(services.db.pool, key)
  if (!session) return refuse('WATER_SESSION_UNKNOWN')
  const { totalMl } = body
  await endSession(services, session, 'controller', { totalMl, claim: ctx.claimNonce })
  return answer(ctx, key)
}

/**
 * What became of a session; changes nothing.
 *
 * Refuses: WATER_SESSION_UNKNOWN.
 */
export async function getWater(
  ctx: Context<typeof waterRoutes.getWater, TerminalCaller>,
): Promise<Answer<typeof waterRoutes.getWater> | Refusal> {
  return answer(ctx, keyOf(ctx))
}

type KeyContext = Pick<
  Context<typeof waterRoutes.getWater, TerminalCaller>,
  'caller' | 'params' | 'services'
>

function keyOf({ caller: { schoolId, terminalId }, params }: KeyContext): SessionKey {
  return { schoolId, terminalId, sessionNo: params.sessionNo }
}

async function answer({ services }: KeyContext, key: SessionKey) {
  const session = await findSession(services.db.pool, key)
  if (!session) return refuse('WATER_SESSION_UNKNOWN')
  return { status: 200, body: toWaterSession(session) } as const
}
