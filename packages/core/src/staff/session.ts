import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { STAFF_SESSION_HOURS, type StaffSelf } from '@campus-ecode/protocol/staff'
import type { Queryable, Tx } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import type { SessionCookie, StaffMember, Visitor } from './context.ts'
import {
  endSession,
  findSchool,
  findSession,
  insertSession,
  touchSession,
} from './session-store.ts'

/** `<school>.<256 random bits>`; the database has the hash of the latter. */
const COOKIE_FORM = /^(\d{4})\.([\w-]{43})$/

/** A session as its cookie names it. */
export interface SessionKey {
  schoolId: string
  hash: Uint8Array
}

export function readSessionCookie(cookie: string | undefined): SessionKey | undefined {
  const [, schoolId, token] = COOKIE_FORM.exec(cookie ?? '') ?? []
  return schoolId && token ? { schoolId, hash: sha256(token) } : undefined
}

/** Begins a session for this browser. To be called in the transaction that took the code. */
export async function openSession(
  tx: Tx,
  schoolId: string,
  staffId: string,
  { agent }: Visitor,
): Promise<{ cookie: SessionCookie; endsAt: Date }> {
  const token = randomBytes(32).toString('base64url')
  const hash = sha256(token)
  const endsAt = await insertSession(tx, { schoolId, hash, staffId, agentHash: sha256(agent) })
  const cookie = { value: `${schoolId}.${token}`, maxAgeSeconds: STAFF_SESSION_HOURS * 3_600 }
  return { cookie, endsAt }
}

/**
 * Who shows this cookie. One that comes from a browser of another name has left its browser: it ends, for
 * whoever took it and for its owner, who signs in again.
 *
 * @param attended Whether somebody is there, so that the session goes on living.
 */
export async function readSession(
  { db }: Pick<Services, 'db'>,
  { cookie, agent }: Visitor,
  attended: boolean,
): Promise<{ member: StaffMember; endsAt: Date; moved: boolean } | undefined> {
  const key = readSessionCookie(cookie)
  const row = key && (await findSession(db.pool, key.schoolId, key.hash))
  if (!row) return undefined
  const moved = !timingSafeEqual(row.agent_hash, sha256(agent))
  if (moved) await endSession(db.pool, key.schoolId, key.hash)
  else if (attended) await touchSession(db.pool, key.schoolId, key.hash)
  const { staff_id: staffId, name, display_name: displayName, roles, ends_at: endsAt } = row
  return { member: { schoolId: key.schoolId, staffId, name, displayName, roles }, endsAt, moved }
}

/** What the page is told of who is signed in. */
export async function describeSelf(
  on: Queryable,
  { schoolId, staffId, name, displayName, roles }: StaffMember,
  endsAt: Date,
): Promise<StaffSelf> {
  const school = await findSchool(on, schoolId)
  if (!school) throw new Error('somebody is of no school')
  return {
    ...{ staffId, name, displayName, roles },
    school: { id: schoolId, name: school.name, nameEn: school.name_en },
    endsAt: endsAt.toISOString(),
  }
}

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
