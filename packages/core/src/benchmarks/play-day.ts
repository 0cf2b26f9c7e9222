import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from '../db/database.ts'
import type { Keys } from '../keys/keys.ts'
import { checkBooks } from '../ledger/check-books.ts'
import { matchDay } from '../matching/match-day.ts'
import { type MatchedPort, readOutsideLines, readTradeLines } from '../matching/outside-line.ts'
import { parseTradeBill } from '../ports/wechat-pay/trade-bill.ts'
import { verifyStatement } from '../statements/verify-statement.ts'
import { writeStatement } from '../statements/write-statement.ts'
import { type OutsideBooks, writeOutsideBooks } from './outside-files.ts'
import { SCHOOL, seedSchool, seedTills } from './seed-campus.ts'
import { type Plant, seedChannels } from './seed-channels.ts'

const PORTS = ['bank', 'one_card', 'wechat'] as const satisfies MatchedPort[]
const TILLS = 200

/** What matching has to call each. */
const kindOf: Record<Plant, string> = {
  omitted: 'missing_there',
  'other amount': 'amount',
  twice: 'amount',
  'undone there': 'status',
  'unknown here': 'missing_here',
  'last hour': 'late',
}

export interface PlayedDay {
  /** Nothing, if all is as it should be. */
  wrong: string[]
  seconds: Record<string, number>
  entries: number
  /** As many of them as were in memory when progress was told. */
  rowsAtOnce: number
  /** By channel, in fen. */
  netFen: Record<string, number>
  outside: Record<string, { hereFen: number; thereFen: number; planted: number; found: number }>
}

/**
 * A whole day over four channels in an empty database: paid, stated, matched with files in which every kind of
 * difference was planted, and held together: statement, ledger and what outside systems say must come to the
 * same but for exactly what was planted.
 */
export async function playDay(
  { db, keys }: { db: Database; keys: Keys },
  count: number,
): Promise<PlayedDay> {
  const wrong: string[] = []
  const seconds: Record<string, number> = {}
  const time = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now()
    const result = await work()
    seconds[what] = Math.round((performance.now() - startedAt) / 100) / 10
    return result
  }
  const { rows: days } = await db.pool.query<{ day: string }>(
    `select ((now() at time zone 'Asia/Shanghai')::date - 1)::text as day`,
  )
  const day = days[0]?.day ?? ''
  await seedSchool(db.pool)
  await seedTills(db.pool, TILLS)
  await time('seed', async () => {
    const client = await db.pool.connect()
    try {
      await client.query('begin')
      await client.query('set local statement_timeout = 0')
      await seedChannels(client, day, count)
      await client.query('commit')
      await client.query('set statement_timeout = 0')
      await client.query('vacuum analyze')
    } finally {
      client.release(true)
    }
  })
  const broken = await time('books', () => checkBooks(db.pool))
  wrong.push(...broken.map(({ invariant, rows }) => `${rows} × ${invariant}`))

  const out = await mkdtemp(join(tmpdir(), 'campus-ecode-day-'))
  try {
    const scope = { schoolId: SCHOOL, day, merchantId: null }
    const told = [0]
    const onProgress = (rowCount: number) => void told.push(rowCount)
    const written = await time('statement', () =>
      writeStatement({ db, keys }, scope, { out, onProgress }),
    )
    if ('refused' in written) throw new Error(`no statement: ${written.refused}`)
    const { statement, folder } = written
    const key = await keys.statementKey(SCHOOL, 1)
    const verified = await time('verify', () => verifyStatement(folder, key))
    if ('wrong' in verified) wrong.push(`the statement: ${verified.wrong}`)
    await wrongLines(folder, statement.rowCount, wrong)

    if (told.at(-1) !== statement.rowCount) wrong.push('the statement: progress ends elsewhere')
    const rowsAtOnce = Math.max(...told.slice(1).map((count, i) => count - (told[i] ?? 0)))

    const netFen: Record<string, number> = {}
    for (const { channels } of statement.merchants) {
      for (const { channel, netFen: fen } of channels)
        netFen[channel] = (netFen[channel] ?? 0) + fen
    }
    const ledger = await readLedger(db)
    for (const [channel, fen] of Object.entries(ledger)) {
      if (netFen[channel] !== fen)
        wrong.push(`${channel}: stated ${netFen[channel]}, posted ${fen}`)
    }

    const outside: PlayedDay['outside'] = {}
    for (const port of PORTS) {
      const books = await writeOutsideBooks(db.pool, port)
      const result = await time(`match ${port}`, () =>
        matchDay(db, { schoolId: SCHOOL, port, day }, () => readLines(books)),
      )
      if ('refused' in result) throw new Error(`${port} was not matched: ${result.refused}`)
      const { matched, differences } = result
      // What was stated by this channel, and for the bank what topped wallets up.
      const channel = port === 'bank' ? 'bank_card' : port
      const toppedUpFen = port === 'bank' ? await readToppedUp(db) : 0
      const statedFen = (netFen[channel] ?? 0) + toppedUpFen
      if (matched.here_fen !== statedFen)
        wrong.push(`${port}: here ${matched.here_fen}, stated ${statedFen}`)
      if (matched.there_fen !== books.movedFen) {
        wrong.push(`${port}: matched ${matched.there_fen}, their books ${books.movedFen}`)
      }
      const plantedFen = [...books.planted.values()].reduce(
        (sum, each) => sum + each.differenceFen,
        0,
      )
      if (matched.there_fen - matched.here_fen !== plantedFen) {
        wrong.push(`${port}: ${matched.there_fen - matched.here_fen} apart, planted ${plantedFen}`)
      }
      const found = new Map(differences.map((each) => [each.reference, each]))
      for (const [reference, { plant, differenceFen }] of books.planted) {
        const difference = found.get(reference)
        const fen = difference && difference.there_fen - difference.here_fen
        if (difference?.kind !== kindOf[plant] || fen !== differenceFen) {
          wrong.push(`${port}: ${plant} was found as ${difference?.kind ?? 'nothing'}, ${fen} fen`)
        }
        found.delete(reference)
      }
      for (const { kind } of found.values())
        wrong.push(`${port}: a difference was invented: ${kind}`)
      const { here_fen: hereFen, there_fen: thereFen } = matched
      outside[port] = { hereFen, thereFen, planted: books.planted.size, found: differences.length }
    }
    const after = await checkBooks(db.pool)
    wrong.push(...after.map(({ invariant, rows }) => `afterwards ${rows} × ${invariant}`))
    return { wrong, seconds, entries: statement.rowCount, rowsAtOnce, netFen, outside }
  } finally {
    await rm(out, { recursive: true })
  }
}

/** The file of entries is what a finance office adds up. */
async function wrongLines(folder: string, rowCount: number, wrong: string[]): Promise<void> {
  const text = await readFile(join(folder, 'entries.jsonl'), 'utf8')
  const lines = text.split('\n').length - 1
  if (lines !== rowCount) wrong.push(`${rowCount} entries were stated, ${lines} are there`)
}

/** What merchants took less what they gave back, by where it came from. */
async function readLedger(db: Database): Promise<Record<string, number>> {
  const { rows } = await db.pool.query<{ channel: string; fen: number }>(
    `select case split_part(other, '/', 1) when 'wallet' then 'wallet'
                 else case other when 'clearing/bank' then 'bank_card' else split_part(other, '/', 2) end end as channel,
            sum(fen)::bigint as fen
       from (select debit_account as other, amount_fen as fen from postings where credit_account like 'merchant/%'
             union all
             select credit_account, -amount_fen from postings where debit_account like 'merchant/%') moved
      group by 1`,
  )
  return Object.fromEntries(rows.map(({ channel, fen }) => [channel, fen]))
}

async function readToppedUp(db: Database): Promise<number> {
  const { rows } = await db.pool.query<{ fen: number }>(
    `select coalesce(sum(amount_fen), 0)::bigint as fen from postings where kind = 'top_up'`,
  )
  return rows[0]?.fen ?? 0
}

function readLines({ port, file }: OutsideBooks) {
  if (port === 'wechat') return readTradeLines(parseTradeBill(file))
  return readOutsideLines(file.split('\n'))
}
