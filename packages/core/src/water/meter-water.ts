import type { waterRoutes } from '@campus-ecode/protocol/water'
import { inTransaction } from '../db/database.ts'
import {
  type Answer,
  type Context,
  isRefusal,
  type Refusal,
  refuse,
  type TerminalCaller,
} from '../http/operation.ts'
import { toWaterSession } from './describe-water.ts'
import { believe } from './rules.ts'
import { endSession } from './settle-water.ts'
import { findSession, lockSession, type SessionKey, saveReading } from './store.ts'

/**
 * Takes a reading as far as it can be believed, and ends the session when its hold is used up. Late and
 * repeated readings change nothing.
 *
 * Refuses: WATER_SESSION_UNKNOWN, WATER_SESSION_ENDED, by which the controller learns that somebody else has
 * ended it, and WATER_READING_IMPOSSIBLE: what could be believed of it was counted.
 */
export async function meterWater(
  ctx: Context<typeof waterRoutes.meterWater, TerminalCaller>,
): Promise<Answer<typeof waterRoutes.meterWater> | Refusal> {
  const { services, caller, params, body } = ctx
  const { schoolId, terminalId } = caller
  const key: SessionKey = { schoolId, terminalId, sessionNo: params.sessionNo }
  const taken = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const session = await lockSession(tx, key)
    if (!session) return refuse('WATER_SESSION_UNKNOWN')
    if (session.status === 'ENDED') return refuse('WATER_SESSION_ENDED')
    if (body.seq <= session.last_seq) return { session, impossible: false }
    const { totalMl, impossible } = believe(session, body.totalMl)
    await saveReading(tx, key, totalMl, body.seq)
    return { session: { ...session, total_ml: totalMl, last_seq: body.seq }, impossible }
  })
  if (isRefusal(taken)) return taken
  const { session, impossible } = taken
  if (impossible) {
    const { session_id: sessionId } = session
    services.log.warn({ schoolId, terminalId, sessionId }, 'a meter says what cannot be')
  }
  // A transaction of its own, in which the payer is locked before the session.
  if (session.total_ml >= session.max_ml) await endSession(services, session, 'used_up')
  if (impossible) return refuse('WATER_READING_IMPOSSIBLE')
  const now =
    session.total_ml >= session.max_ml ? await findSession(services.db.pool, key) : session
  return { status: 200, body: toWaterSession(now ?? session) }
}
