import type { AccessRecord } from '@campus-ecode/protocol/access'
import type { AccessPurpose } from '@campus-ecode/protocol/access-code'
import type { PersonClass } from '@campus-ecode/protocol/shapes'
import { prepare, type Queryable, type Tx } from '../db/database.ts'
import { isBeyond, microsOf, type Place } from '../db/place.ts'
import type { GateKey } from './store.ts'

/** Of records and of gatherings (R42). */
export const KEPT_DAYS = 90

export interface CredentialRow {
  credential_hash: Buffer
  person_id: string
  revoked_at: Date | null
  /** R42: the person agrees to the keeping of records. */
  consented: boolean
}

// Records of one credential are written one upload at a time: of two gates that let the same code in, the
// second to upload sees the first's record.
// A phone that renews its credential may still show the one before. A key that was withdrawn takes all
// credentials of before with it.
const lockAll = prepare<CredentialRow>(
  `select c.credential_hash, c.person_id,
          least(case when c.revoked_reason <> 'replaced' then c.revoked_at end,
                case when c.not_before < s.credentials_not_before then s.credentials_not_before end)
            as revoked_at,
          exists (select from consents k
                   where k.school_id = c.school_id and k.person_id = c.person_id
                     and k.purpose = 'gate_records' and k.withdrawn_at is null) as consented
     from access_credentials c join schools s on s.school_id = c.school_id
    where c.school_id = $1 and c.credential_hash = any ($2)
    order by c.credential_hash for no key update of c`,
)

/** The credentials of these hashes, locked. */
export async function lockCredentials(
  tx: Tx,
  schoolId: string,
  hashes: Buffer[],
): Promise<CredentialRow[]> {
  return lockAll(tx, [schoolId, hashes])
}

/** A record as the statement below takes it; bytes in hex. */
export interface NewRecord {
  record_id: string
  at: string
  result: 'opened' | 'refused'
  refusal: string | null
  credential_hash: string | null
  person_id: string | null
  shown_at: string | null
  purpose: AccessPurpose | null
  context: number | null
  revoked: boolean
}

export interface StoredRecord {
  record_id: string
  person_id: string | null
  at: Date
  result: 'opened' | 'refused'
  refusal: AccessRecord['refusal']
  purpose: AccessPurpose | null
}

// A gathering is told by its context, for as long before and after as clocks may differ.
const insertAll = prepare<StoredRecord>(
  `insert into access_records as r (school_id, record_id, gate_id, at, result, refusal, credential_hash, person_id,
                                    shown_at, purpose, context, gathering_id, revoked, received_at)
   select $1, g.record_id, $2, least(g.at, $4), g.result, g.refusal, decode(g.credential_hash, 'hex'), g.person_id,
          g.shown_at, g.purpose, g.context,
          (select s.gathering_id from gatherings s
            where s.school_id = $1 and s.context = g.context and s.purpose = g.purpose and s.zone = z.zone
              and g.at between s.starts_at - interval '5 minutes' and s.ends_at + interval '5 minutes'
            limit 1),
          g.revoked, $4
     from jsonb_to_recordset($3) as g(
            record_id uuid, at timestamptz, result text, refusal text, credential_hash text, person_id uuid,
            shown_at timestamptz, purpose text, context int, revoked boolean)
     join gates z on z.school_id = $1 and z.gate_id = $2
   on conflict (school_id, record_id) do nothing
   returning record_id, person_id, at, result, refusal, purpose`,
)

/**
 * Stores records of a gate.
 *
 * @returns Those that were not there before.
 */
export async function insertRecords(
  tx: Tx,
  { schoolId, gateId }: GateKey,
  records: NewRecord[],
  receivedAt: Date,
): Promise<StoredRecord[]> {
  return insertAll(tx, [schoolId, gateId, JSON.stringify(records), receivedAt])
}

const updateReplayed = prepare(
  `update access_records r set replayed = true
     from access_records mine
     join access_records other
       on other.school_id = mine.school_id and other.credential_hash = mine.credential_hash
      and other.shown_at = mine.shown_at and other.gate_id <> mine.gate_id and other.result = 'opened'
    where mine.school_id = $1 and mine.gate_id = $2 and mine.record_id = any ($3) and mine.result = 'opened'
      and r.school_id = mine.school_id and r.record_id in (mine.record_id, other.record_id)
      and not r.replayed`,
)

/** Flags those that another gate has opened to as well, there and here (R31). */
export async function markReplayed(
  tx: Tx,
  { schoolId, gateId }: GateKey,
  recordIds: string[],
): Promise<void> {
  await updateReplayed(tx, [schoolId, gateId, recordIds])
}

const selectFindings = prepare<{ record_id: string; replayed: boolean; revoked: boolean }>(
  `select record_id, replayed, revoked from access_records
    where school_id = $1 and gate_id = $2 and record_id = any ($3) and (replayed or revoked)
    order by record_id`,
)

/** Of the gate's own records: what another has found is none of its business. */
export async function findFindings(
  tx: Tx,
  { schoolId, gateId }: GateKey,
  recordIds: string[],
): Promise<{ record_id: string; replayed: boolean; revoked: boolean }[]> {
  return selectFindings(tx, [schoolId, gateId, recordIds])
}

export interface ZoneRecordRow {
  record_id: string
  at: Date
  at_micros: number
  gate_name: string
  purpose: AccessPurpose | null
  result: 'opened' | 'refused'
  refusal: AccessRecord['refusal']
  person_id: string | null
  class: PersonClass | null
  masked_name: string | null
  replayed: boolean
}

const selectZone = prepare<ZoneRecordRow>(
  `select r.record_id, r.at, ${microsOf('r.at')} as at_micros, g.name as gate_name, r.purpose, r.result,
          r.refusal, r.person_id, p.class, p.masked_name, r.replayed
     from gates g
    cross join lateral (
      select * from access_records r
       where r.gate_id = g.gate_id and r.school_id = g.school_id and ${isBeyond('r.at', 'r.record_id', '$4', '$5')}
       order by r.at desc, r.record_id desc limit $6) r
     left join people p on p.school_id = r.school_id and p.person_id = r.person_id
    where g.school_id = $1 and g.campus is not distinct from $2 and g.zone = $3
    order by r.at desc, r.record_id desc limit $6`,
)

/** What the gates of a zone have read, newest first. */
export async function findZoneRecords(
  on: Queryable,
  { schoolId, campus, zone }: { schoolId: string; campus: string | null; zone: string },
  after: Place | undefined,
  count: number,
): Promise<ZoneRecordRow[]> {
  const from = [after?.atMicros ?? null, after?.id ?? null]
  return selectZone(on, [schoolId, campus, zone, ...from, count])
}
