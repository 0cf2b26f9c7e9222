import type { Queryable } from '../db/database.ts'
import { type Refusal, refuse } from '../http/operation.ts'
import { findGathering, type GatheringRow } from './store.ts'

/**
 * A gathering, for whom it belongs to.
 *
 * Refuses: GATHERING_UNKNOWN, for another's as for none.
 */
export async function findOwnGathering(
  on: Queryable,
  { schoolId, personId, gatheringId }: { schoolId: string; personId: string; gatheringId: string },
): Promise<GatheringRow | Refusal> {
  const row = await findGathering(on, schoolId, gatheringId)
  return row?.organiser_id === personId ? row : refuse('GATHERING_UNKNOWN')
}
