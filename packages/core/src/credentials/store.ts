import type { PersonClass } from '@campus-ecode/protocol/shapes'
import { prepare, type Tx } from '../db/database.ts'

export interface HolderRow {
  class: PersonClass
  profile: number
  credential_minutes: number
  /** All credentials that begin before are revoked. */
  not_before: Date | null
}

const selectHolder = prepare<HolderRow>(
  `select p.class, p.access_profile as profile, s.credential_minutes,
          s.credentials_not_before as not_before
     from people p join schools s on s.school_id = p.school_id
    where p.school_id = $1 and p.person_id = $2`,
)

/** What a credential says of a person, and how the school wants it. */
export async function findHolder(
  tx: Tx,
  schoolId: string,
  personId: string,
): Promise<HolderRow | undefined> {
  return (await selectHolder(tx, [schoolId, personId]))[0]
}

const selectNth = prepare<{ not_before: Date }>(
  `select not_before from access_credentials
    where school_id = $1 and person_id = $2 and not_before > $3
    order by not_before desc offset $4 limit 1`,
)

/**
 * When the nth last credential of a person began, if that was after a time.
 *
 * @param n 1 is the last.
 */
export async function findNthLast(
  tx: Tx,
  schoolId: string,
  personId: string,
  n: number,
  after: Date,
): Promise<Date | undefined> {
  return (await selectNth(tx, [schoolId, personId, after, n - 1]))[0]?.not_before
}

const insertNew = prepare<{ inserted: boolean }>(
  `insert into access_credentials (school_id, credential_hash, credential_id, person_id, label, class,
                                   profile, not_before, expires_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       on conflict (school_id, credential_hash) do nothing
   returning true as inserted`,
)

/** @returns false when the very same credential was given before. */
export async function insertCredential(
  tx: Tx,
  credential: {
    schoolId: string
    hash: Uint8Array
    credentialId: string
    personId: string
    label: string
    class: PersonClass
    profile: number
    notBefore: Date
    expiresAt: Date
  },
): Promise<boolean> {
  const { schoolId, hash, credentialId, personId, label, profile, notBefore, expiresAt } =
    credential
  const values = [schoolId, hash, credentialId, personId, label, credential.class, profile]
  return (await insertNew(tx, [...values, notBefore, expiresAt])).length === 1
}
