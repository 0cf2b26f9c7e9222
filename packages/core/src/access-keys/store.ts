import type { AccessAlgorithm } from '@campus-ecode/protocol/access-code'
import type { SignedDocument } from '@campus-ecode/protocol/signed-document'
import { prepare, type Queryable, type Tx } from '../db/database.ts'

// Times are given, not the database's: they stand in what is signed, by the core's clock.

export interface IssuerKeyRow {
  key_id: number
  algorithm: AccessAlgorithm
  public_key: Buffer
  not_before: Date
  sign_until: Date
  not_after: Date
}

const COLUMNS = 'key_id, algorithm, public_key, not_before, sign_until, not_after'

const selectBelieved = prepare<IssuerKeyRow>(
  `select ${COLUMNS} from issuer_keys
    where school_id = $1 and withdrawn_at is null and not_after > $2 order by key_id`,
)

/** The keys that belong into a key set at this time. */
export async function findBelievedKeys(
  on: Queryable,
  schoolId: string,
  at: Date,
): Promise<IssuerKeyRow[]> {
  return selectBelieved(on, [schoolId, at])
}

// Row locks would not do: whoever shares one passes by those who wait to have it alone, and under load there is
// always somebody. Advisory locks are had in the order of asking. First number: what for; second: the school.
const HOLDING = '7100005, $1::int'
const shareHolding = prepare(`select pg_advisory_xact_lock_shared(${HOLDING})`)
const awaitHolders = prepare(`select pg_advisory_xact_lock(${HOLDING})`)

// The one that ends first signs; the others wait, already published.
const selectPresent = prepare<IssuerKeyRow>(
  `select ${COLUMNS} from issuer_keys
    where school_id = $1 and withdrawn_at is null and sign_until > $2
    order by sign_until, key_id limit 1`,
)

/**
 * The key that signs at this time. It stays so until the end of the transaction: whoever ends it waits.
 *
 * @returns undefined when there is none.
 */
export async function holdPresentKey(
  tx: Tx,
  schoolId: string,
  at: Date,
): Promise<IssuerKeyRow | undefined> {
  await shareHolding(tx, [schoolId])
  return (await selectPresent(tx, [schoolId, at]))[0]
}

export interface AccessStateRow {
  algorithm: AccessAlgorithm
  keys_seq: number
  keys_document: SignedDocument | null
}

const selectState = prepare<AccessStateRow>(
  `select s.access_algorithm as algorithm, coalesce(a.keys_seq, 0) as keys_seq, a.keys_document
     from schools s left join access_state a on a.school_id = s.school_id
    where s.school_id = $1`,
)

export async function findAccessState(
  on: Queryable,
  schoolId: string,
): Promise<AccessStateRow | undefined> {
  return (await selectState(on, [schoolId]))[0]
}

const updateAlgorithm = prepare(
  `update schools s set access_algorithm = $2
    where s.school_id = $1 and s.access_algorithm <> $2
      and not exists (select from issuer_keys k where k.school_id = s.school_id)`,
)

/** Sets the algorithm of a school that has no keys yet. */
export async function setAlgorithm(
  tx: Tx,
  schoolId: string,
  algorithm: AccessAlgorithm,
): Promise<void> {
  await updateAlgorithm(tx, [schoolId, algorithm])
}

const insertState = prepare(
  'insert into access_state (school_id) values ($1) on conflict do nothing',
)
const lockState = prepare('select 1 from access_state where school_id = $1 for update')

/**
 * Lets nobody else write the school's issuer keys, key set or revocation list. Lock order: payer, then
 * this, then who signs.
 */
export async function lockAccessState(tx: Tx, schoolId: string): Promise<void> {
  await insertState(tx, [schoolId])
  await lockState(tx, [schoolId])
}

const insertKey = prepare(
  `insert into issuer_keys (school_id, key_id, algorithm, public_key, not_before, sign_until, not_after)
   values ($1, $2, $3, $4, $5, $6, $7)`,
)

export async function saveIssuerKey(tx: Tx, schoolId: string, key: IssuerKeyRow): Promise<void> {
  const { key_id, algorithm, public_key, not_before, sign_until, not_after } = key
  const values = [schoolId, key_id, algorithm, public_key, not_before, sign_until, not_after]
  await insertKey(tx, values)
}

const selectLastId = prepare<{ last: number }>(
  'select coalesce(max(key_id), 0) as last from issuer_keys where school_id = $1',
)

/** The highest id that was ever used; 0 when there is none. */
export async function findLastKeyId(tx: Tx, schoolId: string): Promise<number> {
  return (await selectLastId(tx, [schoolId]))[0]?.last ?? 0
}

const updateDocument = prepare(
  'update access_state set keys_seq = $2, keys_document = $3 where school_id = $1',
)

export async function saveKeySet(
  tx: Tx,
  schoolId: string,
  seq: number,
  document: SignedDocument,
): Promise<void> {
  await updateDocument(tx, [schoolId, seq, JSON.stringify(document)])
}

const updateEnd = prepare(
  `update issuer_keys
      set sign_until = $3, not_after = least(not_after, $4::timestamptz),
          withdrawn_at = case when $5 then $3::timestamptz end
    where school_id = $1 and key_id = $2`,
)

/** Waits until nobody holds a key that signs, and lets nobody have one until the end of the transaction. */
export async function takeKeyAlone(tx: Tx, schoolId: string): Promise<void> {
  await awaitHolders(tx, [schoolId])
}

/** Lets a key sign no more, and be believed until `notAfter` at the latest, or not at all. */
export async function endIssuerKey(
  tx: Tx,
  schoolId: string,
  keyId: number,
  { at, notAfter, withdrawn }: { at: Date; notAfter: Date; withdrawn: boolean },
): Promise<void> {
  await updateEnd(tx, [schoolId, keyId, at, notAfter, withdrawn])
}

// Whole seconds stand in credentials, and one may have begun in the second in which the last had to.
const updateNotBefore = prepare(
  `update schools
      set credentials_not_before =
          greatest($2, date_trunc('second', credentials_not_before) + interval '1.001 seconds')
    where school_id = $1`,
)

/** Revokes all credentials of the school that were given before. */
export async function setCredentialsNotBefore(tx: Tx, schoolId: string, at: Date): Promise<void> {
  await updateNotBefore(tx, [schoolId, at])
}
