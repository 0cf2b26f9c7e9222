import { randomInt } from 'node:crypto'
import { findMember } from '../access/members.ts'
import { findNamedGroups } from '../access/profiles.ts'
import { refuseInactiveCard } from '../cards/card-status.ts'
import { inTransaction, type Tx } from '../db/database.ts'
import { GATHERINGS_IN_ZONE_MAX } from '../gates/policy-room.ts'
import { findGatesInUse } from '../gates/store.ts'
import {
  isRefusal,
  type PersonContext,
  type PersonOutcome,
  type Refusal,
  refuse,
} from '../http/operation.ts'
import { describeGathering } from './describe-gathering.ts'
import {
  findContexts,
  findGathering,
  findLiving,
  findNthLastStart,
  type GatheringRow,
  insertGathering,
  lockGatherings,
} from './store.ts'

const CONTEXT_MAX = 65_535
/** A context is not used anew so soon that a late record could be taken for the next gathering's. */
const CONTEXT_RESTS_MS = 86_400_000
/** So that nobody uses up the school's contexts, however soon each is ended. */
const A_DAY_MAX = 50
const DAY_MS = 86_400_000

type StartContext = PersonContext<'startGathering'>

/**
 * Opens a meeting or an attendance session (R30), under a context that no other has. Gates of the zone hear
 * of it at once. Repeating it with the same content gives the same answer.
 *
 * Refuses: GATHERING_TEACHERS_ONLY, CARD_NOT_CLAIMED, CARD_LOCKED, CARD_CLOSED, GATHERING_ID_REUSED,
 * ZONE_UNKNOWN, BAD_REQUEST for a group that nobody can be told by, RATE_LIMITED where there are too many.
 */
export async function startGathering(ctx: StartContext): PersonOutcome<'startGathering'> {
  const { params, services } = ctx
  const { schoolId } = params
  const { pool } = services.db
  const row = await inTransaction(pool, async (tx) => {
    await ctx.claimNonce(tx)
    const refusal = await refuseOrganiser(tx, ctx)
    if (refusal) return refusal
    await lockGatherings(tx, schoolId)
    const now = new Date(services.now())
    const wanted = toRow(ctx, now)
    const before = await findGathering(tx, schoolId, wanted.gathering_id)
    if (before) return isSame(before, wanted) ? before : refuse('GATHERING_ID_REUSED')
    const refused = (await refusePlace(tx, ctx, now)) ?? (await refuseTooMany(tx, ctx, now))
    if (refused) return refused
    const stored = { ...wanted, context: await drawContext(tx, schoolId, now) }
    await insertGathering(tx, schoolId, stored)
    return stored
  })
  if (isRefusal(row)) return row
  services.wakeEvents()
  return { status: 201, body: await describeGathering(pool, schoolId, row) }
}

async function refuseOrganiser(tx: Tx, { params }: StartContext): Promise<Refusal | undefined> {
  const member = await findMember(tx, params.schoolId, params.personId)
  if (!member) return refuse('NOT_FOUND')
  if (member.class !== 'teacher') return refuse('GATHERING_TEACHERS_ONLY')
  return refuseInactiveCard(member.cardStatus)
}

async function refusePlace(
  tx: Tx,
  { params: { schoolId }, body }: StartContext,
  now: Date,
): Promise<Refusal | undefined> {
  const { purpose, zone, groups } = body
  const gates = await findGatesInUse(tx, schoolId)
  const reads = gates.some((gate) => gate.zone === zone && gate.purposes.includes(purpose))
  if (!reads) return refuse('ZONE_UNKNOWN')
  const named = groups.length > 0 ? await findNamedGroups(tx, schoolId) : []
  if (!groups.every((group) => named.includes(group))) {
    return refuse('BAD_REQUEST', { fields: ['groups'] })
  }
  const living = await findLiving(tx, schoolId, now)
  const inZone = living.filter((gathering) => gathering.zone === zone)
  return inZone.length < GATHERINGS_IN_ZONE_MAX ? undefined : refuse('RATE_LIMITED')
}

async function refuseTooMany(
  tx: Tx,
  { params: { schoolId, personId } }: StartContext,
  now: Date,
): Promise<Refusal | undefined> {
  const before = new Date(now.getTime() - DAY_MS)
  const oldest = await findNthLastStart(tx, schoolId, personId, A_DAY_MAX, before)
  if (!oldest) return undefined
  const retryAfterSeconds = Math.ceil((oldest.getTime() - before.getTime()) / 1000)
  return refuse('RATE_LIMITED', { retryAfterSeconds })
}

function toRow({ params, body }: StartContext, now: Date): GatheringRow {
  const { gatheringId, purpose, title, zone, minutes, classes, groups } = body
  return {
    gathering_id: gatheringId,
    context: 0,
    ...{ purpose, title, zone, minutes },
    organiser_id: params.personId,
    classes: [...new Set(classes)].sort(),
    groups: [...new Set(groups)].sort(),
    starts_at: now,
    ends_at: new Date(now.getTime() + minutes * 60_000),
  }
}

function isSame(a: GatheringRow, b: GatheringRow): boolean {
  const contentOf = ({ context: _, starts_at: __, ends_at: ___, ...content }: GatheringRow) =>
    JSON.stringify(Object.entries(content).sort())
  return contentOf(a) === contentOf(b)
}

async function drawContext(tx: Tx, schoolId: string, now: Date): Promise<number> {
  const taken = new Set(
    await findContexts(tx, schoolId, new Date(now.getTime() - CONTEXT_RESTS_MS)),
  )
  if (taken.size >= CONTEXT_MAX) throw new Error('the school has used up its contexts of a day')
  for (;;) {
    const context = randomInt(1, CONTEXT_MAX + 1)
    if (!taken.has(context)) return context
  }
}
