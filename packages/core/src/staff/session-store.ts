import {
  STAFF_IDLE_MINUTES,
  STAFF_SESSION_HOURS,
  type StaffRole,
} from '@campus-ecode/protocol/staff'
import { prepare, type Queryable, type Tx } from '../db/database.ts'

export interface SessionRow {
  staff_id: string
  name: string
  display_name: string
  roles: StaffRole[]
  agent_hash: Buffer
  ends_at: Date
}

const LIVING = `began_at > now() - interval '${STAFF_SESSION_HOURS} hours'
  and seen_at > now() - interval '${STAFF_IDLE_MINUTES} minutes'`
const ENDS_AT = `began_at + interval '${STAFF_SESSION_HOURS} hours' as ends_at`

const insert = prepare<{ ends_at: Date }>(
  `insert into staff_sessions (school_id, session_hash, staff_id, agent_hash) values ($1, $2, $3, $4)
   returning ${ENDS_AT}`,
)
/** @returns When it ends at the latest. */
export async function insertSession(
  tx: Tx,
  session: { schoolId: string; hash: Uint8Array; staffId: string; agentHash: Uint8Array },
): Promise<Date> {
  const { schoolId, hash, staffId, agentHash } = session
  const [row] = await insert(tx, [schoolId, hash, staffId, agentHash])
  if (!row) throw new Error('a session was not stored')
  return row.ends_at
}

const select = prepare<SessionRow>(
  `select s.staff_id, s.name, s.display_name, s.roles, x.agent_hash, ${ENDS_AT}
     from staff_sessions x
     join staff s on s.school_id = x.school_id and s.staff_id = x.staff_id
    where x.school_id = $1 and x.session_hash = $2 and s.off_at is null and ${LIVING}`,
)
/** A session that lives, and whose it is. */
export async function findSession(
  on: Queryable,
  schoolId: string,
  hash: Uint8Array,
): Promise<SessionRow | undefined> {
  return (await select(on, [schoolId, hash]))[0]
}

// To the half minute is near enough, and most calls write nothing.
const touch = prepare(
  `update staff_sessions set seen_at = now()
    where school_id = $1 and session_hash = $2 and seen_at < now() - interval '30 seconds' and ${LIVING}`,
)
export async function touchSession(
  on: Queryable,
  schoolId: string,
  hash: Uint8Array,
): Promise<void> {
  await touch(on, [schoolId, hash])
}

const remove = prepare('delete from staff_sessions where school_id = $1 and session_hash = $2')
export async function endSession(on: Queryable, schoolId: string, hash: Uint8Array): Promise<void> {
  await remove(on, [schoolId, hash])
}

const removeAll = prepare('delete from staff_sessions where school_id = $1 and staff_id = $2')
export async function endSessions(tx: Tx, schoolId: string, staffId: string): Promise<void> {
  await removeAll(tx, [schoolId, staffId])
}

const selectSchool = prepare<{ name: string; name_en: string; refund_alone_fen: number }>(
  'select name, name_en, refund_alone_fen from schools where school_id = $1',
)
export async function findSchool(on: Queryable, schoolId: string) {
  return (await selectSchool(on, [schoolId]))[0]
}
