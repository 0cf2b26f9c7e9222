import { inTransaction, type Tx } from '../db/database.ts'
import { isRefusal, refuse, type Services } from '../http/operation.ts'
import {
  countStaffTry,
  findStaffByName,
  forgetStaffTries,
  lockStaffBySetUp,
  type StaffRow,
  savePassword,
  saveTotp,
  takeTotpStep,
} from './account-store.ts'
import type { AuditNote, StaffContext, StaffMember, StaffOutcome } from './context.ts'
import { checkPassword, findStep, hashPassword, openTotp, sealTotp } from './credentials.ts'
import { describeSelf, openSession, readSession, readSessionCookie } from './session.ts'
import { endSession, endSessions, findSchool } from './session-store.ts'
import { readSetUpCode } from './set-up-code.ts'
import { createTotpSecret, totpUri } from './totp.ts'
import { isWeakPassword } from './weak-password.ts'

/**
 * Signs in with password and code at once. Five wrong entries in a row let a name rest for fifteen minutes,
 * counted before they are looked at, and for names of nobody alike. A code is good once (RFC 6238 §5.2).
 *
 * Refuses: STAFF_SIGN_IN_LOCKED, STAFF_SIGN_IN_WRONG.
 */
export async function signIn(ctx: StaffContext<'signIn'>): StaffOutcome<'signIn'> {
  const { services, body, about, visitor } = ctx
  const { schoolId, name, password, totp } = body
  const { pool } = services.db
  const nameIndex = await services.keys.index(`staff-names/${schoolId}`, name)
  const found = await findStaffByName(pool, schoolId, name)
  about.account = { schoolId, staffId: found?.staff_id ?? null, name: found?.name ?? null }
  const lockedSeconds = await inTransaction(pool, (tx) => countStaffTry(tx, schoolId, nameIndex))
  if (lockedSeconds !== undefined) {
    return refuse('STAFF_SIGN_IN_LOCKED', { retryAfterSeconds: lockedSeconds })
  }
  const row = found?.off_at === null ? found : undefined
  const isRight = await checkPassword(services, row, password)
  const step = await findStep(services, row, totp)
  if (!row || !isRight || step === undefined) return refuse('STAFF_SIGN_IN_WRONG')

  const opened = await inTransaction(pool, async (tx) => {
    if (!(await takeTotpStep(tx, schoolId, row.staff_id, step))) {
      return refuse('STAFF_SIGN_IN_WRONG')
    }
    await forgetStaffTries(tx, schoolId, nameIndex)
    await ctx.record(tx)
    return openSession(tx, schoolId, row.staff_id, visitor)
  })
  if (isRefusal(opened)) return opened
  const self = await describeSelf(pool, toMember(row), opened.endsAt)
  return { status: 200, body: self, cookie: opened.cookie }
}

/**
 * Shows the secret of an account that is being set up: the same one however often it is opened, until
 * it is proven.
 *
 * Refuses: STAFF_SET_UP_INVALID.
 */
export async function openSetUp(ctx: StaffContext<'openSetUp'>): StaffOutcome<'openSetUp'> {
  const { services, body, about } = ctx
  const { schoolId, hash } = readSetUpCode(body.code)
  const fresh = createTotpSecret()
  const opened = await inTransaction(services.db.pool, async (tx) => {
    const row = await lockStaffBySetUp(tx, schoolId, hash)
    const school = row && (await findSchool(tx, schoolId))
    if (!row || !school) return refuse('STAFF_SET_UP_INVALID')
    noteAccount(about, row)
    if (row.sealed_totp) return { row, school, secret: await openTotp(services, row) }
    await saveTotp(tx, schoolId, row.staff_id, await sealTotp(services, row, fresh))
    return { row, school, secret: fresh }
  })
  if (isRefusal(opened)) return opened
  const { row, school, secret } = opened
  const otpauthUri = totpUri(secret, row.name, `${school.name} 校园e码通`)
  return { status: 200, body: { schoolName: school.name, name: row.name, otpauthUri, secret } }
}

/**
 * Sets the account up and signs in.
 *
 * Refuses: STAFF_SET_UP_INVALID, STAFF_PASSWORD_WEAK, STAFF_TOTP_WRONG.
 */
export async function finishSetUp(ctx: StaffContext<'finishSetUp'>): StaffOutcome<'finishSetUp'> {
  const { services, body, about, visitor } = ctx
  const { schoolId, hash } = readSetUpCode(body.code)
  const done = await inTransaction(services.db.pool, async (tx) => {
    const row = await lockStaffBySetUp(tx, schoolId, hash)
    if (!row?.sealed_totp) return refuse('STAFF_SET_UP_INVALID')
    noteAccount(about, row)
    if (isWeakPassword(body.password, row.name)) return refuse('STAFF_PASSWORD_WEAK')
    const step = await findStep(services, row, body.totp)
    if (step === undefined || !(await takeTotpStep(tx, schoolId, row.staff_id, step))) {
      return refuse('STAFF_TOTP_WRONG')
    }
    await savePassword(tx, schoolId, row.staff_id, await hashPassword(services, row, body.password))
    await clearTries(services, tx, row)
    await ctx.record(tx)
    return { row, ...(await openSession(tx, schoolId, row.staff_id, visitor)) }
  })
  if (isRefusal(done)) return done
  const self = await describeSelf(services.db.pool, toMember(done.row), done.endsAt)
  return { status: 200, body: self, cookie: done.cookie }
}

export async function getSelf({ services, staff, visitor }: StaffContext<'getSelf'>) {
  const session = await readSession(services, visitor, false)
  if (!session) return refuse('STAFF_SESSION_ENDED')
  const body = await describeSelf(services.db.pool, staff, session.endsAt)
  return { status: 200, body } as const
}

/** Ends the session; or every session of this person, in whatever browser it was begun. */
export async function signOut(ctx: StaffContext<'signOut'>): StaffOutcome<'signOut'> {
  const { services, staff, visitor, body } = ctx
  const key = readSessionCookie(visitor.cookie)
  await inTransaction(services.db.pool, async (tx) => {
    if (body.everywhere) await endSessions(tx, staff.schoolId, staff.staffId)
    else if (key) await endSession(tx, key.schoolId, key.hash)
    ctx.about.ref = body.everywhere ? 'everywhere' : undefined
    await ctx.record(tx)
  })
  return { status: 200, body: {}, cookie: null }
}

function toMember(row: StaffRow): StaffMember {
  const { school_id: schoolId, staff_id: staffId, name, display_name: displayName, roles } = row
  return { schoolId, staffId, name, displayName, roles }
}

function noteAccount(about: AuditNote, row: StaffRow): void {
  about.account = { schoolId: row.school_id, staffId: row.staff_id, name: row.name }
}

/** After a recovery nobody need wait. */
async function clearTries({ keys }: Pick<Services, 'keys'>, tx: Tx, row: StaffRow): Promise<void> {
  const { school_id: schoolId, name } = row
  await forgetStaffTries(tx, schoolId, await keys.index(`staff-names/${schoolId}`, name))
}
