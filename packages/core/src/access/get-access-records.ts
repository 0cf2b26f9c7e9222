import { formatPlace, parsePlace } from '../db/place.ts'
import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { findMember } from './members.ts'
import { findAccessRecords, toAccessRecord } from './record-store.ts'

const PAGE_COUNT = 50

/** Where the person's codes were read in the last 90 days, newest first (R42). */
export async function getAccessRecords({
  params,
  query,
  services,
}: PersonContext<'getAccessRecords'>): PersonOutcome<'getAccessRecords'> {
  const { schoolId, personId } = params
  const { pool } = services.db
  const after = query.cursor === undefined ? undefined : parsePlace(query.cursor)
  if (after === 'malformed') return refuse('BAD_REQUEST', { fields: ['cursor'] })
  if (!(await findMember(pool, schoolId, personId))) return refuse('NOT_FOUND')
  // One more than is shown, to know whether there are more.
  const rows = await findAccessRecords(pool, schoolId, personId, after, PAGE_COUNT + 1)
  const shown = rows.slice(0, PAGE_COUNT)
  const last = rows.length > PAGE_COUNT ? shown.at(-1) : undefined
  return {
    status: 200,
    body: {
      records: shown.map(toAccessRecord),
      next: last ? formatPlace({ atMicros: last.at_micros, id: last.record_id }) : null,
    },
  }
}
