import { createReadStream } from 'node:fs'
import { access, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { PreparedStatement } from '@campus-ecode/protocol/staff-books'
import { prepare } from '../../db/database.ts'
import { refuse, type Services } from '../../http/operation.ts'
import { verifyStatement } from '../../statements/verify-statement.ts'
import { STATEMENT_KEY_ID, writeStatement } from '../../statements/write-statement.ts'
import type { StaffContext, StaffOutcome } from '../context.ts'

/** What was written lies about for so long, and can be written again at any time. */
const KEPT_MS = 24 * 3_600_000

const selectDays = prepare<{ day: string; finished_at: Date | null }>(
  `select d.day::date::text as day, f.finished_at
     from generate_series((now() at time zone 'Asia/Shanghai')::date - 31,
                          (now() at time zone 'Asia/Shanghai')::date - 1, interval '1 day') d(day)
     left join statement_days f on f.school_id = $1 and f.day = d.day::date
    order by 1 desc`,
)

export async function getStatements({
  services,
  staff,
}: StaffContext<'getStatements'>): StaffOutcome<'getStatements'> {
  const rows = await selectDays(services.db.pool, [staff.schoolId])
  const key = await services.keys.statementKey(staff.schoolId, STATEMENT_KEY_ID)
  return {
    status: 200,
    body: {
      keyId: STATEMENT_KEY_ID,
      publicKey: Buffer.from(key).toString('base64url'),
      days: rows.map(({ day, finished_at }) => ({
        day,
        finishedAt: finished_at?.toISOString() ?? null,
      })),
    },
  }
}

/** Writes it by the command's own operation, and holds what was written against signature, files and sums. */
export async function prepareStatement(
  ctx: StaffContext<'prepareStatement'>,
): StaffOutcome<'prepareStatement'> {
  const { services, staff, body, about, workDir } = ctx
  const { day, scope } = body
  about.ref = `statement/${day}/${scope}`
  const prepared = await prepareOnce(services, workDir, { schoolId: staff.schoolId, day, scope })
  return { status: 200, body: prepared.answer }
}

/**
 * A statement is the same whoever writes it, so a process that has not written it yet does so now.
 *
 * Refuses: NOT_FOUND.
 */
export async function downloadStatement(
  ctx: StaffContext<'downloadStatement'>,
): StaffOutcome<'downloadStatement'> {
  const { services, staff, params, about, workDir } = ctx
  const { day, scope, file } = params
  about.ref = `statement/${day}/${scope}/${file}`
  const of = { schoolId: staff.schoolId, day, scope }
  let path = join(workDir, folderOf(of), file)
  if (!(await isThere(path))) {
    const { answer, folder } = await prepareOnce(services, workDir, of)
    if (!folder || !answer.files.includes(file)) return refuse('NOT_FOUND')
    path = join(folder, file)
  }
  const name = `${folderOf(of)}-${file}`
  return { status: 200, body: { name, stream: createReadStream(path) } }
}

interface Scope {
  schoolId: string
  day: string
  scope: string
}
type Prepared = { answer: PreparedStatement; folder?: string }

const running = new Map<string, Promise<Prepared>>()

/** Whoever asks meanwhile gets the same. */
function prepareOnce(
  services: Pick<Services, 'db' | 'keys'>,
  workDir: string,
  of: Scope,
): Promise<Prepared> {
  const key = join(workDir, folderOf(of))
  const before = running.get(key)
  if (before) return before
  const work = write(services, workDir, of).finally(() => running.delete(key))
  running.set(key, work)
  return work
}

async function write(
  services: Pick<Services, 'db' | 'keys'>,
  workDir: string,
  { schoolId, day, scope }: Scope,
): Promise<Prepared> {
  await mkdir(workDir, { recursive: true, mode: 0o700 })
  await removeOld(workDir)
  const merchantId = scope === 'all' ? null : scope
  const written = await writeStatement(services, { schoolId, day, merchantId }, { out: workDir })
  const nothing = { statement: null, files: [], verified: false }
  if ('refused' in written) {
    const result = written.refused === 'unknown_school' ? 'too_early' : written.refused
    return { answer: { result, ...nothing } }
  }
  const { statement, folder } = written
  const publicKey = await services.keys.statementKey(schoolId, STATEMENT_KEY_ID)
  const verified = 'statement' in (await verifyStatement(folder, publicKey))
  const files = [...statement.files.map(({ name }) => name), 'statement.json', 'statement.sig']
  return { answer: { result: 'ready', statement, files, verified }, folder }
}

/** As `writeStatement` names it. */
const folderOf = ({ schoolId, day, scope }: Scope) =>
  ['statement', schoolId, day, ...(scope === 'all' ? [] : [scope])].join('-')

async function removeOld(workDir: string): Promise<void> {
  for (const name of await readdir(workDir)) {
    const path = join(workDir, name)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.NaN }))
    if (Date.now() - mtimeMs > KEPT_MS) await rm(path, { recursive: true, force: true })
  }
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )
