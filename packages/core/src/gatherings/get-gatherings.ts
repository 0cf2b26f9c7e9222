import type { GatheringList } from '@campus-ecode/protocol/access'
import { findMember, mayGather } from '../access/members.ts'
import { findNamedGroups } from '../access/profiles.ts'
import type { Queryable } from '../db/database.ts'
import { findGatesInUse } from '../gates/store.ts'
import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { describeGatherings } from './describe-gathering.ts'
import { findOwn } from './store.ts'

/**
 * What a teacher has opened in the last 90 days, and where and for whom there may be more.
 *
 * Refuses: GATHERING_TEACHERS_ONLY.
 */
export async function getGatherings({
  params,
  services,
}: PersonContext<'getGatherings'>): PersonOutcome<'getGatherings'> {
  const { schoolId, personId } = params
  const { pool } = services.db
  const member = await findMember(pool, schoolId, personId)
  if (!member) return refuse('NOT_FOUND')
  if (!mayGather(member)) return refuse('GATHERING_TEACHERS_ONLY')
  const rows = await findOwn(pool, schoolId, personId)
  return {
    status: 200,
    body: {
      gatherings: await describeGatherings(pool, schoolId, rows),
      zones: await findZones(pool, schoolId),
      groups: await findNamedGroups(pool, schoolId),
    },
  }
}

async function findZones(on: Queryable, schoolId: string): Promise<GatheringList['zones']> {
  const gates = await findGatesInUse(on, schoolId)
  const reading = gates.filter(({ purposes }) =>
    purposes.some((purpose) => purpose === 'meeting' || purpose === 'attendance'),
  )
  return [...new Set(reading.map(({ zone }) => zone))].sort()
}
