import { STAFF_LOCK_MINUTES, STAFF_TRIES_MAX, type StaffRole } from '@campus-ecode/protocol/staff'
import { prepare, type Queryable, type Tx } from '../db/database.ts'

export interface StaffRow {
  school_id: string
  staff_id: string
  name: string
  display_name: string
  roles: StaffRole[]
  password_hash: string | null
  sealed_totp: Buffer | null
  last_totp_step: number
  set_up_hash: Buffer | null
  off_at: Date | null
}

const COLUMNS = `school_id, staff_id, name, display_name, roles, password_hash, sealed_totp, last_totp_step,
                 set_up_hash, off_at`

const selectByName = prepare<StaffRow>(
  `select ${COLUMNS} from staff where school_id = $1 and name = $2`,
)
export async function findStaffByName(
  on: Queryable,
  schoolId: string,
  name: string,
): Promise<StaffRow | undefined> {
  return (await selectByName(on, [schoolId, name]))[0]
}

const selectForUpdate = prepare<StaffRow>(
  `select ${COLUMNS} from staff where school_id = $1 and staff_id = $2 for update`,
)
export async function lockStaff(
  tx: Tx,
  schoolId: string,
  staffId: string,
): Promise<StaffRow | undefined> {
  return (await selectForUpdate(tx, [schoolId, staffId]))[0]
}

const selectBySetUp = prepare<StaffRow>(
  `select ${COLUMNS} from staff
    where school_id = $1 and set_up_hash = $2 and set_up_expires_at > now() and off_at is null for update`,
)
/** Whose account this code sets up, locked. */
export async function lockStaffBySetUp(
  tx: Tx,
  schoolId: string,
  setUpHash: Uint8Array,
): Promise<StaffRow | undefined> {
  return (await selectBySetUp(tx, [schoolId, setUpHash]))[0]
}

const insert = prepare<{ inserted: 1 }>(
  `insert into staff (school_id, staff_id, name, display_name, roles) values ($1, $2, $3, $4, $5)
   on conflict do nothing returning 1 as inserted`,
)
/** @returns false when name or id is taken. */
export async function insertStaff(
  tx: Tx,
  staff: { schoolId: string; staffId: string; name: string; displayName: string; roles: string[] },
): Promise<boolean> {
  const { schoolId, staffId, name, displayName, roles } = staff
  return (await insert(tx, [schoolId, staffId, name, displayName, roles])).length > 0
}

const offer = prepare(
  `update staff
      set password_hash = null, sealed_totp = null, last_totp_step = 0, set_up_hash = $3,
          set_up_expires_at = now() + interval '24 hours'
    where school_id = $1 and staff_id = $2`,
)
/** From now on only this code opens the account. */
export async function offerSetUp(
  tx: Tx,
  schoolId: string,
  staffId: string,
  setUpHash: Uint8Array,
): Promise<void> {
  await offer(tx, [schoolId, staffId, setUpHash])
}

const keepTotp = prepare('update staff set sealed_totp = $3 where school_id = $1 and staff_id = $2')
export async function saveTotp(
  tx: Tx,
  schoolId: string,
  staffId: string,
  sealed: Uint8Array,
): Promise<void> {
  await keepTotp(tx, [schoolId, staffId, sealed])
}

const finish = prepare(
  `update staff set password_hash = $3, set_up_hash = null, set_up_expires_at = null
    where school_id = $1 and staff_id = $2`,
)
export async function savePassword(
  tx: Tx,
  schoolId: string,
  staffId: string,
  hash: string,
): Promise<void> {
  await finish(tx, [schoolId, staffId, hash])
}

const takeStep = prepare<{ taken: 1 }>(
  `update staff set last_totp_step = $3, last_sign_in_at = now()
    where school_id = $1 and staff_id = $2 and last_totp_step < $3 and off_at is null
   returning 1 as taken`,
)
/** @returns false when this code, or a later one, was used meanwhile. */
export async function takeTotpStep(
  tx: Tx,
  schoolId: string,
  staffId: string,
  step: number,
): Promise<boolean> {
  return (await takeStep(tx, [schoolId, staffId, step])).length > 0
}

const update = prepare(
  `update staff
      set roles = coalesce($3, roles),
          off_at = case when $4 then coalesce(off_at, now()) when not $4 then null else off_at end
    where school_id = $1 and staff_id = $2`,
)
export async function updateStaff(
  tx: Tx,
  schoolId: string,
  staffId: string,
  { roles, off }: { roles?: string[] | undefined; off?: boolean | undefined },
): Promise<void> {
  await update(tx, [schoolId, staffId, roles ?? null, off ?? null])
}

const selectAll = prepare<StaffRow & { last_sign_in_at: Date | null; session_count: number }>(
  `select ${COLUMNS}, last_sign_in_at,
          (select count(*) from staff_sessions x
            where x.school_id = s.school_id and x.staff_id = s.staff_id and x.began_at > now() - interval '8 hours'
              and x.seen_at > now() - interval '15 minutes') as session_count
     from staff s where school_id = $1 order by off_at is not null, name`,
)
export async function findAllStaff(on: Queryable, schoolId: string) {
  return selectAll(on, [schoolId])
}

// A lock that has ended begins anew; while it lasts, tries go on being counted, and none is looked at.
const count = prepare<{ wrong_count: number; locked_seconds: number | null }>(
  `insert into staff_tries as t (school_id, name_index, wrong_count) values ($1, $2, 1)
   on conflict (school_id, name_index) do update
     set wrong_count = case when t.locked_until < now() then 1 else t.wrong_count + 1 end,
         locked_until = case when t.locked_until < now() then null
                             when t.locked_until is null and t.wrong_count + 1 >= ${STAFF_TRIES_MAX}
                               then now() + interval '${STAFF_LOCK_MINUTES} minutes'
                             else t.locked_until end,
         at = now()
   returning wrong_count, extract(epoch from locked_until - now())::float8 as locked_seconds`,
)

/**
 * Counts a try before anybody looks at it, so that tries at once are five as well.
 *
 * @returns For how long the name rests, in seconds; undefined when this try may be looked at.
 */
export async function countStaffTry(
  tx: Tx,
  schoolId: string,
  nameIndex: Uint8Array,
): Promise<number | undefined> {
  const [row] = await count(tx, [schoolId, nameIndex])
  if (!row) throw new Error('a try was not counted')
  return row.wrong_count > STAFF_TRIES_MAX ? Math.ceil(row.locked_seconds ?? 1) : undefined
}

const forget = prepare('delete from staff_tries where school_id = $1 and name_index = $2')
export async function forgetStaffTries(
  tx: Tx,
  schoolId: string,
  nameIndex: Uint8Array,
): Promise<void> {
  await forget(tx, [schoolId, nameIndex])
}
