import { createWriteStream } from 'node:fs'
import { parseArgs } from 'node:util'
import type { PersonClass } from '@campus-ecode/protocol/shapes'
import { stringify } from 'csv-stringify/sync'
import { importAlone } from '../campus/import-campus.ts'
import { closeCards } from '../campus/import-people.ts'
import { findAbsent, findCurrent } from '../campus/person-store.ts'
import { findSchool } from '../campus/store.ts'
import { readCommandConfig } from '../config.ts'
import { createLog } from '../http/log.ts'
import type { Services } from '../http/operation.ts'
import { openServices } from '../open-services.ts'
import { UsageError } from '../usage-error.ts'
import { importMerchantRows, merchantColumns } from './merchant-rows.ts'
import { importPersonRows, personColumns } from './person-rows.ts'
import { type CsvRow, readCsv } from './read-csv.ts'
import { type RowOutcome, rowReasons } from './row.ts'
import { type Tell, tellOnce } from './tell-once.ts'
import { importTerminalRows, terminalColumns } from './terminal-rows.ts'

export const IMPORT_ROWS_USAGE = `ecode import people|merchants|terminals --school SCHOOL TABLE.csv [--report REPORT.csv] [--dry-run]
  Takes a school's table in, row by row: bad rows are named in the report, good ones are in; repeating changes nothing. What the
  table has no column for stays as it is. --dry-run: says what would become of each row, and changes nothing.
  people: --absent-have-left COUNT: the table has everybody of its classes; the cards of the others are closed, for good, if they
  are COUNT, as a dry run has said.
  terminals: --out KEYS.json: the keys of those that are new, told this once.`

const BATCH_COUNT = 500

/** `ecode import`. */
export async function runImportRows(
  args: string[],
  env: Record<string, string | undefined>,
  print: (line: string) => void,
): Promise<void> {
  const options = parseOptions(args)
  const config = readCommandConfig(env)
  const report = options.report === undefined ? undefined : await openReport(options.report)
  const { services, close } = await openServices(config, createLog('ecode', config.logLevel))
  try {
    if (!(await findSchool(services.db.pool, options.school))) {
      throw new UsageError(`there is no school ${options.school}`)
    }
    const counts = new Map<string, number>()
    const note = (outcomes: RowOutcome[]) => {
      for (const each of outcomes) {
        counts.set(each.outcome, (counts.get(each.outcome) ?? 0) + 1)
        report?.write(each)
        if (each.outcome === 'refused') print(`line ${each.line}: ${explain(each)}`)
      }
    }
    await importAlone(services, () => importTable(services, options, note, print))
    const words = ['added', 'changed', 'same', 'closed', 'refused']
    const told = words.map((word) => `${counts.get(word) ?? 0} ${word}`).join(', ')
    print(`${options.dryRun ? 'would be: ' : ''}${told}`)
    if (counts.get('refused')) process.exitCode = 1
  } finally {
    await report?.close()
    await close()
  }
}

async function importTable(
  services: Services,
  options: Options,
  note: (outcomes: RowOutcome[]) => void,
  print: (line: string) => void,
): Promise<void> {
  const { table, school, file, dryRun } = options
  if (table === 'people') return importPeopleTable(services, options, note, print)
  const seen = new Set<string>()
  if (table === 'merchants') {
    const rows = await readAll(readCsv(file, { columns: merchantColumns, required: ['name'] }))
    return note(await importMerchantRows(services, school, rows, seen, !dryRun))
  }
  const required = ['merchant', 'name']
  const rows = await readAll(readCsv(file, { columns: terminalColumns, required }))
  const take = (tell?: Tell<object>) =>
    importTerminalRows(services, school, rows, seen, !dryRun, tell)
  const { out } = options
  const { outcomes } = out === undefined || dryRun ? await take() : await tellOnce(out, take)
  note(outcomes)
}

async function importPeopleTable(
  services: Services,
  { school, file, dryRun, absentHaveLeft }: Options,
  note: (outcomes: RowOutcome[]) => void,
  print: (line: string) => void,
): Promise<void> {
  const seen = { cardNos: new Set<string>(), tokens: new Set<string>() }
  const here = new Set<string>()
  let refusedCount = 0
  const take = async (rows: CsvRow[]) => {
    const { outcomes, personIds } = await importPersonRows(services, school, rows, seen, !dryRun)
    for (const id of personIds) here.add(id)
    refusedCount += outcomes.filter(({ outcome }) => outcome === 'refused').length
    note(outcomes)
  }
  let batch: CsvRow[] = []
  for await (const row of readCsv(file, { columns: personColumns, required: ['cardNo'] })) {
    batch.push(row)
    if (batch.length < BATCH_COUNT) continue
    await take(batch)
    batch = []
  }
  await take(batch)
  if (absentHaveLeft === undefined && !dryRun) return
  const { pool } = services.db
  const classes = new Set<PersonClass>()
  for (const ids of chunks([...here])) {
    for (const { class: own } of (await findCurrent(pool, school, ids)).values()) classes.add(own)
  }
  const absent = await findAbsent(pool, school, [...classes], [...here])
  print(`${absent.length} people of these classes are not in the table`)
  if (absentHaveLeft === undefined || dryRun) return
  if (refusedCount > 0) {
    throw new UsageError('nobody is closed while rows are refused: they may be among the absent')
  }
  if (absent.length !== absentHaveLeft) {
    throw new UsageError(`nobody is closed: --absent-have-left says ${absentHaveLeft}`)
  }
  for (const ids of chunks(absent)) await closeCards(services, school, ids)
  print(`${absent.length} cards closed`)
}

function* chunks<T>(all: T[]): Generator<T[]> {
  for (let start = 0; start < all.length; start += BATCH_COUNT) {
    yield all.slice(start, start + BATCH_COUNT)
  }
}

async function readAll(rows: AsyncIterable<CsvRow>): Promise<CsvRow[]> {
  const all: CsvRow[] = []
  for await (const row of rows) all.push(row)
  return all
}

function explain({ reason = 'FORM', fields = [] }: RowOutcome): string {
  const [zh, en] = rowReasons[reason]
  const where = fields.length > 0 ? ` (${fields.join(', ')})` : ''
  return `${reason}${where}: ${zh} ${en}`
}

/** The report, a row for each of the table; in Excel's encoding, and without what stands in the table. */
async function openReport(path: string) {
  const stream = createWriteStream(path, { mode: 0o600 })
  await new Promise<void>((resolve, reject) => {
    stream.once('open', () => resolve())
    stream.once('error', () => reject(new UsageError(`${path} cannot be written`)))
  })
  const line = (cells: unknown[]) => stream.write(stringify([cells], { record_delimiter: '\r\n' }))
  stream.write('\uFEFF')
  line(['line', 'outcome', 'reason', 'fields', '说明', 'explanation'])
  return {
    write({ line: at, outcome, reason, fields = [] }: RowOutcome) {
      const sentences = reason ? rowReasons[reason] : ['', '']
      line([at, outcome, reason ?? '', fields.join(' '), ...sentences])
    },
    close: () => new Promise<void>((done) => stream.end(() => done())),
  }
}

type Options = ReturnType<typeof parseOptions>

function parseOptions(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        school: { type: 'string' },
        report: { type: 'string' },
        out: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        'absent-have-left': { type: 'string' },
      },
    })
    const [table, file, ...rest] = positionals
    if (table !== 'people' && table !== 'merchants' && table !== 'terminals') {
      throw new Error('say people, merchants or terminals')
    }
    if (!file || rest.length > 0) throw new Error('name one TABLE.csv')
    if (!values.school) throw new Error('name a --school')
    const dryRun = values['dry-run']
    const { school, report, out } = values
    if (table === 'terminals' && out === undefined && !dryRun)
      throw new Error('say --out KEYS.json')
    if (table !== 'terminals' && out !== undefined) throw new Error('--out is for terminals')
    const absent = values['absent-have-left']
    if (absent !== undefined && (table !== 'people' || !/^\d{1,7}$/.test(absent))) {
      throw new Error('--absent-have-left COUNT is for people')
    }
    const absentHaveLeft = absent === undefined ? undefined : Number(absent)
    return { table, file, school, report, out, dryRun, absentHaveLeft } as const
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
