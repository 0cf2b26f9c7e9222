import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { type EmbeddedServer, startEmbeddedServer } from './embedded-server.ts'
import { reachWriter } from './reach-writer.ts'

const DATABASE_NAME = 'campus_ecode'
const STATEMENT_TIMEOUT_MS = 15_000
const POOL_SIZE_MAX = 20
const ATTEMPTS_MAX = 6

export interface Database {
  pool: pg.Pool
  /** Ends the pool, then lets go of the embedded server, which stops with its last user. */
  close(): Promise<void>
}

/** An open database transaction, always called `tx`. Only `inTransaction` makes one. */
export type Tx = pg.PoolClient

/** Where a statement runs: in an open transaction, or on its own. */
export type Queryable = pg.Pool | Tx

/**
 * The core's database: the server at DATABASE_URL (or, of several with commas between, the one that takes
 * writes), or else the embedded one under DATA_DIR.
 *
 * `int8` comes back as a number and fails when it is not a safe integer; `timestamptz` as a Date;
 * `date` and `numeric` as text. A statement that runs longer than 15 s is cancelled.
 */
export async function openDatabase(env: {
  DATABASE_URL?: string | undefined
  DATA_DIR?: string | undefined
}): Promise<Database> {
  if (env.DATABASE_URL) {
    const pool = openPool(reachWriter(env.DATABASE_URL))
    return { pool, close: () => pool.end() }
  }
  const server = await startEmbeddedServer(env.DATA_DIR || '.data')
  await createDatabaseOnce(server, DATABASE_NAME)
  const pool = openPool(server.connection(DATABASE_NAME))
  return {
    pool,
    async close() {
      await pool.end()
      await server.stop()
    },
  }
}

/** A pool with our types and timeouts; `openDatabase` is the usual way to get one. */
export function openPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({
    max: POOL_SIZE_MAX,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: 2 * STATEMENT_TIMEOUT_MS,
    connectionTimeoutMillis: STATEMENT_TIMEOUT_MS,
    application_name: 'campus-ecode core',
    types: { getTypeParser: findTypeParser },
    ...config,
  })
  // An idle connection was lost: the pool drops it and makes another when asked.
  pool.on('error', () => {})
  return pool
}

/**
 * Runs `work` in one database transaction and returns its result once COMMIT is done.
 *
 * Conflicts with other transactions are retried, so `work` may run several times: it must touch
 * nothing but `tx`. Any other exception rolls back and is passed on.
 */
export function inTransaction<T>(pool: pg.Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  return retryConflicts(() => runTransaction(pool, work))
}

/** Runs something that is one database transaction, again where another one got in its way. */
export async function retryConflicts<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (attempt === ATTEMPTS_MAX || !isConflict(error)) throw error
      await sleep(Math.random() * 5 * 2 ** attempt)
    }
  }
}

async function runTransaction<T>(pool: pg.Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  const tx = await pool.connect()
  let broken: Error | undefined
  const onError = (error: Error) => {
    broken = error
  }
  tx.on('error', onError)
  try {
    await tx.query('BEGIN')
    const result = await work(tx)
    const { command } = await tx.query('COMMIT')
    // PostgreSQL answers COMMIT with ROLLBACK, and no error, when a failed statement was swallowed.
    if (command !== 'COMMIT') throw new Error('a statement failed in this transaction, unnoticed')
    return result
  } catch (error) {
    await tx.query('ROLLBACK').catch(onError)
    // Every later use of the statement would fail on this connection.
    if (isStalePlan(error)) broken = error
    throw error
  } finally {
    tx.off('error', onError)
    tx.release(broken)
  }
}

/**
 * 40001 serialization_failure, 40P01 deadlock_detected, 23505 unique_violation: nothing was kept, and
 * whoever was faster can be seen the next time.
 */
const CONFLICTS = new Set<string | undefined>(['40001', '40P01', '23505'])

function isConflict(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (CONFLICTS.has(error.code) || isStalePlan(error))
}

/** A migration has given a table columns that this connection's prepared statement does not know. */
function isStalePlan(error: unknown): error is Error {
  return error instanceof pg.DatabaseError && error.routine === 'RevalidateCachedQuery'
}

/**
 * A statement that each connection parses once: `const selectCard = prepare<CardRow>('SELECT …')`,
 * then `const [card] = await selectCard(tx, [schoolId, cardNo])`.
 *
 * @returns A function from where to run it and its values to the rows.
 */
export function prepare<Row extends pg.QueryResultRow>(
  text: string,
): (on: Queryable, values: unknown[]) => Promise<Row[]> {
  // Named after its text, so that two statements never meet under one name.
  const name = createHash('sha256').update(text).digest('base64url')
  return async (on, values) => {
    for (;;) {
      try {
        return (await on.query<Row>({ name, text, values })).rows
      } catch (error) {
        // The pool drops a connection whose statement failed, so in the end one parses it anew.
        if (!(on instanceof pg.Pool) || !isStalePlan(error)) throw error
      }
    }
  }
}

/** Makes the database unless it exists, also when two processes do so at once. */
async function createDatabaseOnce(server: EmbeddedServer, name: string): Promise<void> {
  const client = new pg.Client(server.connection('postgres'))
  await client.connect()
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name])
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`)
  } catch (error) {
    // 42P04 duplicate_database, or 23505 when both were equally fast.
    const { code } = error as { code?: string }
    if (code !== '42P04' && code !== '23505') throw error
  } finally {
    await client.end()
  }
}

const { INT8, DATE } = pg.types.builtins
const INT8_ARRAY = 1016
const TEXT_ARRAY: number = 1009
const parseTexts = pg.types.getTypeParser(TEXT_ARRAY) as (text: string) => (string | null)[]

const findTypeParser: typeof pg.types.getTypeParser = (
  oid: number,
  format: 'text' | 'binary' = 'text',
) => {
  if (format === 'text') {
    if (oid === INT8) return parseSafeInteger
    if (oid === INT8_ARRAY) {
      return (text: string) => parseTexts(text).map((item) => item && parseSafeInteger(item))
    }
    if (oid === DATE) return (text: string) => text
  }
  return pg.types.getTypeParser(oid, format as 'text')
}

function parseSafeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError('an int8 is beyond the safe integers')
  return value
}
