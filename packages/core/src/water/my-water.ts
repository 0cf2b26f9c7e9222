import { lockPayer } from '../cards/store.ts'
import { inTransaction } from '../db/database.ts'
import { type PersonContext, type PersonOutcome, refuse, type Services } from '../http/operation.ts'
import { toMySession } from './describe-water.ts'
import { findWaterPassword } from './password-store.ts'
import { HOLD_FEN_MIN } from './rules.ts'
import { endRunningWater } from './settle-water.ts'
import { findLatestSession, findShowersFor } from './store.ts'

/** What the shower page shows (R26). */
export async function getMyWater({
  params,
  services,
}: PersonContext<'getMyWater'>): PersonOutcome<'getMyWater'> {
  return { status: 200, body: await describeMyWater(services, params) }
}

/**
 * Ends the running shower for what its meter said last. The controller learns of it with its next reading
 * and shuts. With none running nothing happens.
 */
export async function endMyWater(ctx: PersonContext<'endMyWater'>): PersonOutcome<'endMyWater'> {
  const { params, services } = ctx
  const refused = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    if (!(await lockPayer(tx, params.schoolId, params.personId))) return refuse('NOT_FOUND')
    await endRunningWater(services, tx, params, 'phone')
    return undefined
  })
  if (refused) return refused
  services.wakeEvents()
  return { status: 200, body: await describeMyWater(services, params) }
}

async function describeMyWater(
  { db }: Services,
  { schoolId, personId }: { schoolId: string; personId: string },
) {
  const [password, showers, session] = await Promise.all([
    findWaterPassword(db.pool, schoolId, personId),
    findShowersFor(db.pool, schoolId, personId),
    findLatestSession(db.pool, schoolId, personId),
  ])
  const holds = showers.map(({ water }) => Math.max(water.holdFen, HOLD_FEN_MIN))
  const state = password?.locked ? ('locked' as const) : ('set' as const)
  return {
    offered: showers.length > 0,
    password: password ? state : ('not_set' as const),
    bathNo: password?.bath_no ?? null,
    minBalanceFen: holds.length > 0 ? Math.min(...holds) : HOLD_FEN_MIN,
    places: showers.map(({ place }) => place),
    session: toMySession(session),
  }
}
