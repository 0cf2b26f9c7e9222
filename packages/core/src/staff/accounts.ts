import { inTransaction } from '../db/database.ts'
import { isRefusal, refuse } from '../http/operation.ts'
import {
  findAllStaff,
  insertStaff,
  lockStaff,
  type StaffRow,
  updateStaff,
} from './account-store.ts'
import { findAccountRows } from './audit-store.ts'
import type { StaffContext, StaffOutcome } from './context.ts'
import { endSessions } from './session-store.ts'
import { makeSetUpCode } from './set-up-code.ts'

export async function getStaff({
  services,
  staff,
}: StaffContext<'getStaff'>): StaffOutcome<'getStaff'> {
  const rows = await findAllStaff(services.db.pool, staff.schoolId)
  const accounts = rows.map((row) => ({
    staffId: row.staff_id,
    name: row.name,
    displayName: row.display_name,
    roles: row.roles,
    state: stateOf(row),
    lastSignInAt: row.last_sign_in_at?.toISOString() ?? null,
    sessionCount: row.session_count,
  }))
  return { status: 200, body: { accounts } }
}

const EVENTS_COUNT = 20

/** So that whoever's account was used or changed by others sees it. */
export async function getOwnAccount({
  services,
  staff,
}: StaffContext<'getOwnAccount'>): StaffOutcome<'getOwnAccount'> {
  const { schoolId, staffId } = staff
  const rows = await findAccountRows(services.db.pool, schoolId, staffId, EVENTS_COUNT)
  const events = rows.map(({ at, operation, outcome, display_name: by, ref, address }) => ({
    ...{ at: at.toISOString(), operation, outcome, by, address },
    // `staff/wang finance+support off`
    change: ref?.split(' ').slice(1).join(' ') || null,
  }))
  return { status: 200, body: { events } }
}

/** Refuses: STAFF_NAME_TAKEN. */
export async function addStaff(ctx: StaffContext<'addStaff'>): StaffOutcome<'addStaff'> {
  const { services, staff, body, about } = ctx
  const { schoolId } = staff
  about.ref = `staff/${body.name} ${body.roles.join('+')}`
  const setUpCode = await inTransaction(services.db.pool, async (tx) => {
    const isNew = await insertStaff(tx, { schoolId, ...body })
    const known = isNew ? undefined : await lockStaff(tx, schoolId, body.staffId)
    // The same once more, because the answer was lost: the code before it is no good then.
    if (!isNew && !isSame(known, body)) return refuse('STAFF_NAME_TAKEN')
    about.aboutStaffId = body.staffId
    await ctx.record(tx)
    return makeSetUpCode(tx, schoolId, body.staffId)
  })
  return typeof setUpCode === 'string' ? { status: 201, body: { setUpCode } } : setUpCode
}

/** Nobody gives roles to themselves, nor takes away their own. Refuses: NOT_FOUND, STAFF_NOT_ONESELF. */
export async function changeStaff(ctx: StaffContext<'changeStaff'>): StaffOutcome<'changeStaff'> {
  const { services, staff, params, body, about } = ctx
  if (params.staffId === staff.staffId) return refuse('STAFF_NOT_ONESELF')
  const refused = await inTransaction(services.db.pool, async (tx) => {
    const row = await lockStaff(tx, staff.schoolId, params.staffId)
    if (!row) return refuse('NOT_FOUND')
    const changes = [body.roles?.join('+'), body.off === undefined ? '' : body.off ? 'off' : 'on']
    about.aboutStaffId = row.staff_id
    about.ref = [`staff/${row.name}`, ...changes].filter(Boolean).join(' ')
    await updateStaff(tx, staff.schoolId, params.staffId, body)
    if (body.off) await endSessions(tx, staff.schoolId, params.staffId)
    await ctx.record(tx)
    return undefined
  })
  return refused ?? { status: 200, body: {} }
}

/**
 * For somebody who has lost phone or password: whoever had them is signed out, too.
 *
 * Refuses: NOT_FOUND, STAFF_NOT_ONESELF.
 */
export async function recoverStaff(
  ctx: StaffContext<'recoverStaff'>,
): StaffOutcome<'recoverStaff'> {
  const { services, staff, params, body, about } = ctx
  if (params.staffId === staff.staffId) return refuse('STAFF_NOT_ONESELF')
  about.reason = body.reason
  const setUpCode = await inTransaction(services.db.pool, async (tx) => {
    const row = await lockStaff(tx, staff.schoolId, params.staffId)
    if (!row || row.off_at) return refuse('NOT_FOUND')
    about.aboutStaffId = row.staff_id
    about.ref = `staff/${row.name}`
    await ctx.record(tx)
    return makeSetUpCode(tx, staff.schoolId, params.staffId)
  })
  return isRefusal(setUpCode) ? setUpCode : { status: 200, body: { setUpCode } }
}

/** Of other roles the log would tell what is not so. */
function isSame(row: StaffRow | undefined, { name, roles }: Pick<StaffRow, 'name' | 'roles'>) {
  const isWaiting = row?.password_hash === null && row.off_at === null
  return isWaiting && row.name === name && row.roles.join() === roles.join()
}

function stateOf(row: StaffRow): 'waiting' | 'active' | 'off' {
  if (row.off_at) return 'off'
  return row.password_hash === null ? 'waiting' : 'active'
}
