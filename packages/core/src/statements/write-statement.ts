import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Statement, statementSchema } from '@campus-ecode/protocol/statement'
import { inTransaction, type Tx } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { entryColumns, toCells, toEntry } from './entry.ts'
import { finishDay, type StatementRefusal, takeYourTime } from './finish-day.ts'
import { type HashedFile, openHashedFile } from './hashed-file.ts'
import { Settlement, settlementOf } from './settlement.ts'
import { settlementRows } from './settlement-table.ts'
import { findNames, readEntries, type StatementScope, sumBooks, sumDay } from './store.ts'
import { toCsv } from './table.ts'

/** All statements are signed with this one so far; who verifies finds it in the statement. */
export const STATEMENT_KEY_ID = 1
/** A spreadsheet holds 1,048,576 rows. */
const ROWS_PER_TABLE_MAX = 1_000_000
const BATCH_COUNT = 500

export interface StatementOptions {
  /** Where the statement's own folder is made; one of the same name is replaced. */
  out: string
  /** Told after each batch. */
  onProgress?: (rowCount: number) => void
  rowsPerTableMax?: number
}

export interface WrittenStatement {
  folder: string
  statement: Statement
}

/**
 * Writes and signs the statement of a day (R34): tables for people, JSON lines for programs, sums by
 * merchant and channel. Made again it is the same, byte by byte. Takes bounded memory, whatever the day.
 *
 * Refuses rather than signing anything that the books do not say; then nothing is left behind.
 */
export async function writeStatement(
  services: Pick<Services, 'db' | 'keys'>,
  scope: StatementScope,
  options: StatementOptions,
): Promise<WrittenStatement | StatementRefusal> {
  const finished = await finishDay(services.db, scope.schoolId, scope.day)
  if ('refused' in finished) return finished
  const { schoolId, day, merchantId } = scope
  const name = ['statement', schoolId, day, ...(merchantId ? [merchantId] : [])].join('-')
  const folder = join(options.out, name)
  const draft = `${folder}.part`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { recursive: true })
  try {
    const parts = await inTransaction(services.db.pool, async (tx) => {
      await tx.query('set transaction isolation level repeatable read, read only')
      await takeYourTime(tx)
      const now = await sumDay(tx, schoolId, day)
      const { posting_count: count, posting_fen: fen } = finished
      if (now.posting_count !== count || now.posting_fen !== fen) return refuse('changed')
      return writeParts(tx, scope, draft, options)
    })
    if ('refused' in parts) return parts
    const statement = statementSchema.parse({
      ...{ type: 'ECS1.statement', schoolId, merchantId, day },
      ...{ finishedAt: finished.finished_at.toISOString(), keyId: STATEMENT_KEY_ID, ...parts },
    })
    const content = Buffer.from(`${JSON.stringify(statement, null, 2)}\n`, 'utf8')
    const signature = await services.keys.signStatement(schoolId, content)
    await writeFile(join(draft, 'statement.json'), content, { flush: true })
    await writeFile(join(draft, 'statement.sig'), signature, { flush: true })
    await rm(folder, { recursive: true, force: true })
    await rename(draft, folder)
    return { folder, statement }
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

type Parts = Pick<Statement, 'rowCount' | 'total' | 'merchants' | 'files'>

async function writeParts(
  tx: Tx,
  scope: StatementScope,
  folder: string,
  { onProgress, rowsPerTableMax = ROWS_PER_TABLE_MAX }: StatementOptions,
): Promise<Parts | StatementRefusal> {
  const names = await findNames(tx, scope.schoolId, scope.day)
  const settlement = new Settlement()
  const files = new StatementFiles(folder)
  try {
    const lines = await files.open('entries.jsonl')
    let table = await openTable(files, 1)
    let rowCount = 0
    let tableRows = 0
    for await (const batch of readEntries(tx, scope, BATCH_COUNT)) {
      const entries = batch.map((row) => toEntry(row, names))
      if (!entries.every((entry) => entry !== undefined)) return refuse('differs')
      for (const entry of entries) settlement.add(entry)
      await lines.write(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
      for (let at = 0; at < entries.length; ) {
        if (tableRows === rowsPerTableMax) {
          table = await openTable(files, files.tableCount + 1)
          tableRows = 0
        }
        const fitting = entries.slice(at, at + rowsPerTableMax - tableRows)
        await table.write(toCsv(fitting.map(toCells), { isFirst: false }))
        tableRows += fitting.length
        at += fitting.length
      }
      rowCount += entries.length
      onProgress?.(rowCount)
    }
    // The rows were read by way of payments and refunds; the books are asked on their own.
    const sums = settlement.toStatement(names)
    const books = settlementOf(await sumBooks(tx, scope))?.toStatement(names)
    if (JSON.stringify(books) !== JSON.stringify(sums)) return refuse('differs')
    const settlementFile = await files.open('settlement.csv')
    await settlementFile.write(toCsv(settlementRows(sums), { isFirst: true }))
    return { rowCount, ...sums, files: await files.end() }
  } finally {
    await files.close()
  }
}

async function openTable(files: StatementFiles, number: number): Promise<HashedFile> {
  const table = await files.open(`entries-${number}.csv`)
  files.tableCount = number
  await table.write(toCsv([entryColumns], { isFirst: true }))
  return table
}

function refuse(refused: StatementRefusal['refused']): StatementRefusal {
  return { refused }
}

/** The files beside `statement.json`, ended together. */
class StatementFiles {
  tableCount = 0
  readonly #folder: string
  readonly #open = new Map<string, HashedFile>()

  constructor(folder: string) {
    this.#folder = folder
  }

  async open(name: string): Promise<HashedFile> {
    const file = await openHashedFile(join(this.#folder, name))
    this.#open.set(name, file)
    return file
  }

  async end(): Promise<Statement['files']> {
    const ended: Statement['files'] = []
    for (const [name, file] of this.#open) {
      ended.push({ name, ...(await file.end()) })
      this.#open.delete(name)
    }
    return ended
  }

  /** Whatever is open still. */
  async close(): Promise<void> {
    for (const file of this.#open.values()) await file.close()
    this.#open.clear()
  }
}
