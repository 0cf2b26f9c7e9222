import type { Gathering } from '@campus-ecode/protocol/access'
import type { Queryable } from '../db/database.ts'
import { countAttendees, type GatheringRow } from './store.ts'

/** Gatherings as their organiser sees them. */
export async function describeGatherings(
  on: Queryable,
  schoolId: string,
  rows: readonly GatheringRow[],
): Promise<Gathering[]> {
  const counts = await countAttendees(
    on,
    schoolId,
    rows.map(({ gathering_id }) => gathering_id),
  )
  return rows.map((row) => ({
    gatheringId: row.gathering_id,
    context: row.context,
    purpose: row.purpose,
    title: row.title,
    zone: row.zone,
    startsAt: row.starts_at.toISOString(),
    endsAt: row.ends_at.toISOString(),
    attendeeCount: counts.get(row.gathering_id) ?? 0,
  }))
}

/** The same of one. */
export async function describeGathering(
  on: Queryable,
  schoolId: string,
  row: GatheringRow,
): Promise<Gathering> {
  const [gathering] = await describeGatherings(on, schoolId, [row])
  if (!gathering) throw new Error('a gathering was lost')
  return gathering
}
