import type { SignedDocument } from '@campus-ecode/protocol/signed-document'
import { prepare, type Queryable, type Tx } from '../db/database.ts'

export type RevocationReason =
  | 'card_locked'
  | 'card_closed'
  | 'device_removed'
  | 'consent_withdrawn'
  | 'changed'
  | 'signed_out'
  // By the next credential of the same page, whose key is gone: nobody need hurry, nor be told.
  | 'replaced'

// Times are given where they stand in what is signed, by the core's clock.

/** Also by the clock of a gate that is slow. */
const MAY_LIVE = "expires_at > now() - interval '1 hour'"

const updateRevoked = prepare<{ person_id: string }>(
  `update access_credentials set revoked_at = now(), revoked_reason = $3
    where school_id = $1 and person_id = $2 and revoked_at is null and ${MAY_LIVE}
      and ($4::uuid is null or credential_id = $4) and ($5::text is null or label = $5)
   returning person_id`,
)

/** @returns How many. */
export async function markRevoked(
  tx: Tx,
  schoolId: string,
  personId: string,
  reason: RevocationReason,
  only: { credentialId?: string | undefined; label?: string | undefined },
): Promise<number> {
  const { credentialId = null, label = null } = only
  return (await updateRevoked(tx, [schoolId, personId, reason, credentialId, label])).length
}

// What a person has lost is taken away; what is new can wait for the next credential.
const updateOutdated = prepare<{ person_id: string }>(
  `update access_credentials c set revoked_at = now(), revoked_reason = 'changed'
     from people p
     left join access_profiles own
       on own.school_id = p.school_id and own.profile = p.access_profile
    where p.school_id = $1 and p.person_id = any ($2)
      and c.school_id = p.school_id and c.person_id = p.person_id and c.revoked_at is null
      and ${MAY_LIVE}
      and (c.class <> p.class
           or c.profile not in (0, p.access_profile)
              and not exists (select from access_profiles said
                               where said.school_id = c.school_id and said.profile = c.profile
                                 and said.members <@ own.members))
   returning c.person_id`,
)

/** @returns How many. */
export async function markOutdated(
  tx: Tx,
  schoolId: string,
  personIds: readonly string[],
): Promise<number> {
  return (await updateOutdated(tx, [schoolId, personIds])).length
}

/** What is kept of a signed list; its hashes are written out of the credentials. */
export type ListSignature = Pick<SignedDocument, 'algorithm' | 'signature'> & {
  keyId: number
  /** The first 22 bytes of the payload, base64url. */
  header: string
}

export interface ListStateRow {
  seq: number
  document: ListSignature | null
  /** All credentials that begin before are revoked. */
  not_before: Date | null
  /** The issuer key that signs now. */
  signing_key: number | null
  /** Credentials were revoked that no list has yet, and gates should know. */
  pending: boolean
}

const selectState = prepare<ListStateRow>(
  `select coalesce(a.list_seq, 0) as seq, a.list_document as document,
          s.credentials_not_before as not_before,
          (select key_id from issuer_keys k
            where k.school_id = $1 and k.withdrawn_at is null and k.sign_until > $2
            order by k.sign_until, k.key_id limit 1) as signing_key,
          exists (select from access_credentials c
                   where c.school_id = $1 and c.list_state = 'waiting' and c.expires_at > $3) as pending
     from schools s left join access_state a on a.school_id = s.school_id
    where s.school_id = $1`,
)

/** @param endedBefore Credentials that ended before are on no list. */
export async function findListState(
  on: Queryable,
  schoolId: string,
  at: Date,
  endedBefore: Date,
): Promise<ListStateRow | undefined> {
  return (await selectState(on, [schoolId, at, endedBefore]))[0]
}

const takeUp = prepare(
  `update access_credentials set listed_seq = $2
    where school_id = $1 and list_state in ('waiting', 'idle') and expires_at > $3`,
)
const letGo = prepare(
  `update access_credentials set unlisted_seq = $2
    where school_id = $1 and list_state = 'listed' and expires_at <= $3`,
)

/** Makes the list of a number: takes up what was revoked, lets go of what has ended. */
export async function numberList(
  tx: Tx,
  schoolId: string,
  seq: number,
  endedBefore: Date,
): Promise<void> {
  await takeUp(tx, [schoolId, seq, endedBefore])
  await letGo(tx, [schoolId, seq, endedBefore])
}

const selectListed = prepare<{ hashes: Buffer }>(
  `select coalesce(string_agg(credential_hash, '' order by credential_hash), '') as hashes
     from access_credentials
    where school_id = $1 and list_state = 'listed'`,
)

/** What the present list holds, sorted, 8 bytes each. */
export async function findListed(on: Queryable, schoolId: string): Promise<Buffer> {
  return (await selectListed(on, [schoolId]))[0]?.hashes ?? Buffer.alloc(0)
}

const updateList = prepare(
  'update access_state set list_seq = $2, list_document = $3 where school_id = $1',
)

export async function saveList(
  tx: Tx,
  schoolId: string,
  seq: number,
  document: ListSignature,
): Promise<void> {
  await updateList(tx, [schoolId, seq, JSON.stringify(document)])
}

export interface ListRow {
  seq: number
  document: ListSignature
  hashes: Buffer
}

// One statement, so that signature and hashes are of the same list.
const selectList = prepare<ListRow>(
  `select a.list_seq as seq, a.list_document as document,
          (select coalesce(string_agg(c.credential_hash, '' order by c.credential_hash), '')
             from access_credentials c
            where c.school_id = $1 and c.list_state = 'listed') as hashes
     from access_state a where a.school_id = $1 and a.list_document is not null`,
)

/** The present list. */
export async function findList(on: Queryable, schoolId: string): Promise<ListRow | undefined> {
  return (await selectList(on, [schoolId]))[0]
}

export interface DeltaRow {
  seq: number
  document: ListSignature
  added: Buffer
  removed: Buffer
}

// Of what has left both lists and was swept nothing is known any more, hence the floor.
const selectDelta = prepare<DeltaRow>(
  `select a.list_seq as seq, a.list_document as document,
          (select coalesce(string_agg(c.credential_hash, '' order by c.credential_hash), '')
             from access_credentials c
            where c.school_id = $1 and c.listed_seq > $2 and c.list_state = 'listed') as added,
          (select coalesce(string_agg(c.credential_hash, '' order by c.credential_hash), '')
             from access_credentials c
            where c.school_id = $1 and c.unlisted_seq > $2 and c.listed_seq <= $2) as removed
     from access_state a
    where a.school_id = $1 and a.list_document is not null and a.list_floor_seq <= $2`,
)

/** From the list of a number to the present one; undefined when it can no longer be told. */
export async function findDelta(
  on: Queryable,
  schoolId: string,
  fromSeq: number,
): Promise<DeltaRow | undefined> {
  return (await selectDelta(on, [schoolId, fromSeq]))[0]
}

export interface ReachRow {
  at: Date
  reason: RevocationReason
  gate_count: number
  reached_count: number
  waiting: { name: string; lastContactAt: string | null }[]
}

// All that was revoked in one transaction has one time, and is known where the last of it is.
const selectReach = prepare<ReachRow>(
  `with last as (
     select c.revoked_at, c.revoked_reason,
            case when bool_and(c.listed_seq is not null) then max(c.listed_seq) end as seq
       from access_credentials c
      where c.school_id = $1 and c.person_id = $2 and c.revoked_at is not null
        and c.revoked_reason <> 'replaced' and c.expires_at > $3
      group by c.revoked_at, c.revoked_reason order by c.revoked_at desc limit 1
   ),
   gate as (
     select g.name, g.last_contact_at, coalesce(g.list_seq >= l.seq, false) as knows
       from gates g cross join last l where g.school_id = $1 and g.enabled
   )
   select l.revoked_at as at, l.revoked_reason as reason,
          (select count(*) from gate) as gate_count,
          (select count(*) from gate where knows) as reached_count,
          (select coalesce(jsonb_agg(jsonb_build_object('name', w.name, 'lastContactAt', w.last_contact_at)
                                     order by w.last_contact_at nulls first, w.name), '[]')
             from (select * from gate where not knows
                    order by last_contact_at nulls first, name limit $4) w) as waiting
     from last l`,
)

/** How far the end of a person's credentials has got, the last one of those that would still live. */
export async function findReach(
  on: Queryable,
  schoolId: string,
  personId: string,
  at: Date,
  waitingMax: number,
): Promise<ReachRow | undefined> {
  return (await selectReach(on, [schoolId, personId, at, waitingMax]))[0]
}

export interface OfficeRow {
  seq: number
  document: ListSignature | null
  waiting_count: number
  gate_count: number
}

const selectOffice = prepare<OfficeRow>(
  `select coalesce(a.list_seq, 0) as seq, a.list_document as document,
          (select count(*) from access_credentials c
            where c.school_id = $1 and c.list_state in ('waiting', 'idle')
              and c.expires_at > $2) as waiting_count,
          (select count(*) from gates g where g.school_id = $1 and g.enabled) as gate_count
     from schools s left join access_state a on a.school_id = s.school_id
    where s.school_id = $1`,
)

/** What the card office asks of a school's list; undefined when there is no such school. */
export async function findOffice(
  on: Queryable,
  schoolId: string,
  at: Date,
): Promise<OfficeRow | undefined> {
  return (await selectOffice(on, [schoolId, at]))[0]
}

export interface GateBehindRow {
  name: string
  list_seq: number
  keys_behind: boolean
  last_contact_at: Date | null
}

const selectBehind = prepare<GateBehindRow>(
  `select g.name, g.list_seq, g.keys_seq < a.keys_seq as keys_behind, g.last_contact_at
     from gates g join access_state a on a.school_id = g.school_id
    where g.school_id = $1 and g.enabled and (g.list_seq < a.list_seq or g.keys_seq < a.keys_seq)
    order by g.last_contact_at nulls first, g.name`,
)

/** Gates in use that do not hold the present list and key set, longest silent first. */
export async function findGatesBehind(on: Queryable, schoolId: string): Promise<GateBehindRow[]> {
  return selectBehind(on, [schoolId])
}
