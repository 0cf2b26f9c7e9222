import type { AccessRecord } from '@campus-ecode/protocol/access'
import { prepare, type Queryable } from '../db/database.ts'
import { isBeyond, microsOf, type Place } from '../db/place.ts'

export interface AccessRecordRow extends Pick<AccessRecord, 'purpose' | 'result' | 'refusal'> {
  record_id: string
  at: Date
  at_micros: number
  gate_name: string
  campus: string | null
  zone: string
  title: string | null
  replayed: boolean
}

// A gate says what a code was shown for whenever it can say whose it was.
const select = prepare<AccessRecordRow>(
  `select r.record_id, r.at, ${microsOf('r.at')} as at_micros, g.name as gate_name, g.campus, g.zone, r.purpose,
          s.title, r.result, r.refusal, r.replayed
     from access_records r
     join gates g on g.school_id = r.school_id and g.gate_id = r.gate_id
     left join gatherings s on s.school_id = r.school_id and s.gathering_id = r.gathering_id
    where r.school_id = $1 and r.person_id = $2 and r.purpose is not null
      and ${isBeyond('r.at', 'r.record_id', '$3', '$4')}
    order by r.at desc, r.record_id desc limit $5`,
)

/** Where a person's codes were read, newest first. */
export async function findAccessRecords(
  on: Queryable,
  schoolId: string,
  personId: string,
  after: Place | undefined,
  count: number,
): Promise<AccessRecordRow[]> {
  return select(on, [schoolId, personId, after?.atMicros ?? null, after?.id ?? null, count])
}

export function toAccessRecord(row: AccessRecordRow): AccessRecord {
  const { campus, zone, purpose, title, result, refusal, replayed } = row
  return {
    recordId: row.record_id,
    at: row.at.toISOString(),
    gateName: row.gate_name,
    ...{ campus, zone, purpose, title, result, refusal, replayed },
  }
}
