import { findMember, mayGather } from '../access/members.ts'
import type { Queryable } from '../db/database.ts'
import { type Refusal, refuse } from '../http/operation.ts'
import { findGathering, type GatheringRow } from './store.ts'

/**
 * A gathering, for whom it belongs to as long as they teach: names of others are in it.
 *
 * Refuses: GATHERING_UNKNOWN, for another's as for none; GATHERING_TEACHERS_ONLY to who teaches no more or has left.
 */
export async function findOwnGathering(
  on: Queryable,
  { schoolId, personId, gatheringId }: { schoolId: string; personId: string; gatheringId: string },
): Promise<GatheringRow | Refusal> {
  const row = await findGathering(on, schoolId, gatheringId)
  if (row?.organiser_id !== personId) return refuse('GATHERING_UNKNOWN')
  const member = await findMember(on, schoolId, personId)
  return member && mayGather(member) ? row : refuse('GATHERING_TEACHERS_ONLY')
}
