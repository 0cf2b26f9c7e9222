import { parseArgs } from 'node:util'
import {
  displayNameSchema,
  type StaffRole,
  staffNameSchema,
  staffRoleSchema,
  staffRoles,
} from '@campus-ecode/protocol/staff'
import { v7 } from 'uuid'
import { type Database, inTransaction, openDatabase } from '../db/database.ts'
import { migrate } from '../db/migrate.ts'
import { UsageError } from '../usage-error.ts'
import { findStaffByName, insertStaff, updateStaff } from './account-store.ts'
import { insertAuditRow } from './audit-store.ts'
import { runDemoStaff } from './demo-staff.ts'
import { findSchool } from './session-store.ts'
import { makeSetUpCode } from './set-up-code.ts'

export const STAFF_USAGE = `ecode staff add --school SCHOOL --name NAME --display-name NAME --roles ${staffRoles.join(',')}
  Adds somebody who works at the console and prints the code that sets the account up, once and within a day.
ecode staff recover --school SCHOOL --name NAME
  Ends password, authenticator and sessions, and prints a new code: for the only admin who lost the phone.
  Both stand in the audit log.
ecode staff demo --school SCHOOL --out FILE
  Adds accounts to try the console with, and writes their passwords and authenticator secrets into a file. Not in production.`

type Env = Record<string, string | undefined>
type Print = (line: string) => void

/** `ecode staff`: how the first admin comes to be. Later ones are added at the console. */
export async function runStaff(args: string[], env: Env, print: Print): Promise<void> {
  const [what, ...rest] = args
  if (what === 'demo') return runDemoStaff(rest, env, print)
  const options = parseOptions(what, rest)
  const { DATABASE_URL, DATA_DIR, CONSOLE_ORIGIN, CONSOLE_PORT } = env
  const db = await openDatabase({ DATABASE_URL, DATA_DIR })
  try {
    await migrate(db.pool)
    const code = what === 'add' ? await add(db, options) : await recover(db, options)
    const origin = CONSOLE_ORIGIN ?? (CONSOLE_PORT && `http://127.0.0.1:${CONSOLE_PORT}`)
    print(origin ? `${origin}/#/set-up/${code}` : `set-up code: ${code}`)
  } finally {
    await db.close()
  }
}

interface Options {
  school: string
  name: string
  displayName: string
  roles: StaffRole[]
}

function add(db: Database, { school: schoolId, name, displayName, roles }: Options) {
  return inTransaction(db.pool, async (tx) => {
    if (!(await findSchool(tx, schoolId))) throw new UsageError(`there is no school ${schoolId}`)
    const staffId = v7()
    if (!(await insertStaff(tx, { schoolId, staffId, name, displayName, roles }))) {
      throw new UsageError(`there is somebody called ${name}`)
    }
    await insertAuditRow(
      tx,
      auditRow(schoolId, 'addStaff', staffId, `staff/${name} ${roles.join('+')}`),
    )
    return makeSetUpCode(tx, schoolId, staffId)
  })
}

function recover(db: Database, { school: schoolId, name }: Options) {
  return inTransaction(db.pool, async (tx) => {
    const row = await findStaffByName(tx, schoolId, name)
    if (!row) throw new UsageError(`there is nobody called ${name}`)
    await updateStaff(tx, schoolId, row.staff_id, { off: false })
    await insertAuditRow(tx, auditRow(schoolId, 'recoverStaff', row.staff_id, `staff/${name}`))
    return makeSetUpCode(tx, schoolId, row.staff_id)
  })
}

/** Whoever runs commands has the database, and no account. */
function auditRow(schoolId: string, operation: string, aboutStaffId: string, ref: string) {
  return {
    ...{ schoolId, auditId: v7(), staffId: null, staffName: 'ecode', operation, outcome: 'done' },
    ...{
      personId: null,
      aboutStaffId,
      ref,
      reason: null,
      amountFen: null,
      address: 'command',
      requestId: v7(),
    },
  }
}

function parseOptions(what: string | undefined, args: string[]): Options {
  if (what !== 'add' && what !== 'recover')
    throw new UsageError('staff add, staff recover or staff demo')
  const text = { type: 'string' } as const
  let values: Partial<Record<'school' | 'name' | 'display-name' | 'roles', string>>
  try {
    const options = { school: text, name: text, 'display-name': text, roles: text }
    values = parseArgs({ args, options }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  const name = staffNameSchema.safeParse(values.name)
  if (!values.school || !name.success) throw new UsageError('name a --school and a --name')
  if (what === 'recover')
    return { school: values.school, name: name.data, displayName: '', roles: [] }
  const displayName = displayNameSchema.safeParse(values['display-name'] ?? values.name)
  const roles = staffRoleSchema.array().min(1).safeParse(values.roles?.split(','))
  if (!displayName.success || !roles.success) throw new UsageError('name --roles, commas between')
  return {
    ...{ school: values.school, name: name.data, displayName: displayName.data },
    roles: [...new Set(roles.data)],
  }
}
