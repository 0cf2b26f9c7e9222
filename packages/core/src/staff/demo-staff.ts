import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { StaffRole } from '@campus-ecode/protocol/staff'
import { readCommandConfig } from '../config.ts'
import { inTransaction } from '../db/database.ts'
import { createLog } from '../http/log.ts'
import type { Services } from '../http/operation.ts'
import { openServices } from '../open-services.ts'
import { UsageError } from '../usage-error.ts'
import { findStaffByName, insertStaff, savePassword, saveTotp } from './account-store.ts'
import { hashPassword, sealTotp } from './credentials.ts'
import { findSchool } from './session-store.ts'
import { createTotpSecret, totpUri } from './totp.ts'

const people: { name: string; displayName: string; roles: StaffRole[] }[] = [
  { name: 'demo', displayName: '演示老师', roles: ['admin', 'finance', 'card_office', 'support'] },
  { name: 'admin', displayName: '王主任', roles: ['admin'] },
  { name: 'finance', displayName: '钱会计', roles: ['finance'] },
  { name: 'finance2', displayName: '孙会计', roles: ['finance'] },
  { name: 'card', displayName: '李老师', roles: ['card_office'] },
  { name: 'support', displayName: '小周', roles: ['support'] },
]

/** `ecode staff demo`: accounts whose secrets lie open, for a school that is none. Once for a file. */
export async function runDemoStaff(
  args: string[],
  env: Record<string, string | undefined>,
  print: (line: string) => void,
): Promise<void> {
  const { school, out } = parseOptions(args)
  if (env.NODE_ENV === 'production') throw new UsageError('not in production')
  if (existsSync(out)) return
  const config = readCommandConfig(env)
  const { services, close } = await openServices(config, createLog('ecode', config.logLevel))
  try {
    const known = await findSchool(services.db.pool, school)
    if (!known) throw new UsageError(`there is no school ${school}`)
    const accounts = []
    for (const person of people)
      accounts.push(await addOpenly(services, school, person, known.name))
    const url = env.CONSOLE_ORIGIN ?? (env.CONSOLE_PORT && `http://127.0.0.1:${env.CONSOLE_PORT}`)
    const content = { url: url ?? null, schoolId: school, accounts }
    await writeFile(out, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
    print(out)
  } finally {
    await close()
  }
}

async function addOpenly(
  services: Services,
  schoolId: string,
  { name, displayName, roles }: (typeof people)[number],
  schoolName: string,
) {
  const secret = createTotpSecret()
  const password = randomBytes(9).toString('base64url')
  const before = await findStaffByName(services.db.pool, schoolId, name)
  const staffId = before?.staff_id ?? services.newId()
  const owner = { school_id: schoolId, staff_id: staffId }
  const sealed = await sealTotp(services, owner, secret)
  const hash = await hashPassword(services, owner, password)
  await inTransaction(services.db.pool, async (tx) => {
    await insertStaff(tx, { schoolId, staffId, name, displayName, roles })
    await saveTotp(tx, schoolId, staffId, sealed)
    await savePassword(tx, schoolId, staffId, hash)
  })
  const otpauthUri = totpUri(secret, name, `${schoolName} 校园e码通`)
  return { name, displayName, roles, password, totpSecret: secret, otpauthUri }
}

function parseOptions(args: string[]): { school: string; out: string } {
  const text = { type: 'string' } as const
  try {
    const { school, out } = parseArgs({ args, options: { school: text, out: text } }).values
    if (!school || !out) throw new Error('name a --school and --out')
    return { school, out }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
