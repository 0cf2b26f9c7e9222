import { parseArgs } from 'node:util'
import { readCommandConfig } from '../config.ts'
import { createLog } from '../http/log.ts'
import { openServices } from '../open-services.ts'
import { UsageError } from '../usage-error.ts'
import { toYuan } from './entry.ts'
import type { StatementRefusal } from './finish-day.ts'
import { hasSchool } from './store.ts'
import { statementPublicKey, verifyStatement } from './verify-statement.ts'
import { STATEMENT_KEY_ID, writeStatement } from './write-statement.ts'

export const STATEMENT_USAGE = `ecode statement --school SCHOOL --day YYYY-MM-DD --out FOLDER [--merchant ID|all]
  Writes and signs the statement of a finished day: of the school, of one merchant, or of each that had something.
  Works beside a running core. Made again it is the same, byte by byte (docs/statements.md).

ecode statement-key --school SCHOOL
  Prints the public key that the school's statements are verified with.

ecode verify-statement --folder FOLDER --key KEY
  Holds a statement against its signature, its files and its lines. Needs no core and no database.`

type Env = Record<string, string | undefined>
type Print = (line: string) => void

const PROGRESS_EVERY = 50_000

export const refusalNames: Record<StatementRefusal['refused'], string> = {
  unknown_school: 'there is no such school',
  too_early: 'the day is not over: a minute past midnight in Shanghai it can be finished',
  unfinished: 'a transaction that began on that day still runs; try again when it has ended',
  changed:
    'ALARM: the postings of that day are not those that it was finished with; nothing was signed',
  differs: 'ALARM: payments and books say different things (see check-books); nothing was signed',
}

/** `ecode statement`. */
export async function runStatement(args: string[], env: Env, print: Print): Promise<void> {
  const { school, day, out, merchant } = parseOptions(args)
  const config = readCommandConfig(env)
  const { services, close } = await openServices(config, createLog('ecode', config.logLevel))
  try {
    const write = async (merchantId: string | null) => {
      let next = PROGRESS_EVERY
      const written = await writeStatement(
        services,
        { schoolId: school, day, merchantId },
        {
          out,
          onProgress(rowCount) {
            if (rowCount < next) return
            next = rowCount + PROGRESS_EVERY
            print(`${rowCount} entries`)
          },
        },
      )
      if ('refused' in written) {
        print([refusalNames[written.refused], written.detail].filter(Boolean).join(': '))
        process.exitCode = 1
        return undefined
      }
      const { rowCount, total } = written.statement
      print(`${written.folder}: ${rowCount} entries, net ${toYuan(total.netFen)} yuan`)
      return written.statement
    }
    if (merchant !== 'all') {
      await write(merchant ?? null)
      return
    }
    const all = await write(null)
    for (const { merchantId } of all?.merchants ?? []) {
      if (!(await write(merchantId))) return
    }
  } finally {
    await close()
  }
}

/** `ecode statement-key`. */
export async function runStatementKey(args: string[], env: Env, print: Print): Promise<void> {
  const { school } = parse(args, ['school'])
  if (!school) throw new UsageError('name a --school')
  const config = readCommandConfig(env)
  const { services, close } = await openServices(config, createLog('ecode', config.logLevel))
  try {
    if (!(await hasSchool(services.db.pool, school))) {
      throw new UsageError(`there is no school ${school}`)
    }
    const key = await services.keys.statementKey(school, STATEMENT_KEY_ID)
    print(`key ${STATEMENT_KEY_ID} of school ${school}: ${Buffer.from(key).toString('base64url')}`)
    print(String(statementPublicKey(key).export({ format: 'pem', type: 'spki' })).trim())
  } finally {
    await close()
  }
}

/** `ecode verify-statement`. */
export async function runVerifyStatement(args: string[], _env: Env, print: Print): Promise<void> {
  const { folder, key } = parse(args, ['folder', 'key'])
  if (!folder || !key || !/^[\w-]{43}$/.test(key)) {
    throw new UsageError('name --folder, and --key as statement-key prints it')
  }
  const verified = await verifyStatement(folder, Buffer.from(key, 'base64url'))
  if ('wrong' in verified) {
    print(`WRONG: ${verified.wrong}`)
    process.exitCode = 1
    return
  }
  const { schoolId, day, rowCount, total } = verified.statement
  print(`right: school ${schoolId}, ${day}, ${rowCount} entries, net ${toYuan(total.netFen)} yuan`)
}

function parseOptions(args: string[]) {
  const { school, day, out, merchant } = parse(args, ['school', 'day', 'out', 'merchant'])
  if (!school || !day || !out) throw new UsageError('name --school, --day and --out')
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day))
  if (!isDay) throw new UsageError('--day is YYYY-MM-DD')
  if (
    merchant &&
    merchant !== 'all' &&
    !/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(merchant)
  ) {
    throw new UsageError("--merchant is a merchant's id, or all")
  }
  return { school, day, out, merchant }
}

function parse<N extends string>(args: string[], names: N[]): Partial<Record<N, string>> {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
  try {
    return parseArgs({ args, options }).values as Partial<Record<N, string>>
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
