import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'

/** Of the whole core, seen alike from `src/db` and from `dist/db`. */
export const MIGRATIONS_DIR = fileURLToPath(new URL('../../migrations', import.meta.url))

const FILE_NAME = /^\d{4}-[a-z0-9-]+\.sql$/
/** Advisory lock of whoever migrates a database. */
const MIGRATION_LOCK = 7_100_002
/** Whoever waits for a table keeps everybody waiting who comes after, so a payment waits this long at most. */
const LOCK_WAIT_MS = 500
const ATTEMPTS_MAX = 60
/** Beside payments: the table was in use, or two locked in another order. */
const IN_THE_WAY = new Set<string | undefined>(['55P03', '40P01'])

interface Migration {
  name: string
  sha256: string
  sql: string
}

/**
 * Brings the database forward by the files `NNNN-name.sql` that it has not seen, in order, each in
 * one transaction of its own. Any number of processes may do this at once.
 *
 * Cores may be serving meanwhile, by the version before too: a file that finds its tables in use gives way and
 * tries again. Docs: operations.md, "Migrations under load".
 *
 * Refuses, changing nothing, when the database has a migration that the folder lacks or that was
 * edited since, or when a new file would come before one already applied.
 *
 * @param upTo The last one to be applied; all, when left out.
 * @returns The names applied now.
 */
export async function migrate(
  pool: pg.Pool,
  directory = MIGRATIONS_DIR,
  upTo?: string,
): Promise<string[]> {
  const migrations = await readMigrations(directory)
  const client = await pool.connect()
  try {
    await client.query('SET statement_timeout = 0')
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
    await client.query(`CREATE TABLE IF NOT EXISTS migrations (
      name text PRIMARY KEY,
      sha256 text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`)
    const applied = await client.query<{ name: string; sha256: string }>(
      'SELECT name, sha256 FROM migrations ORDER BY name',
    )
    const pending = findPending(migrations, applied.rows).filter(
      ({ name }) => upTo === undefined || name <= upTo,
    )
    for (const migration of pending) await apply(client, migration)
    return pending.map(({ name }) => name)
  } finally {
    client.release(true) // Closing the connection ends the lock and the setting.
  }
}

async function apply(client: pg.PoolClient, migration: Migration): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await applyOnce(client, migration)
    } catch (cause) {
      const isInTheWay = cause instanceof pg.DatabaseError && IN_THE_WAY.has(cause.code)
      if (!isInTheWay || attempt === ATTEMPTS_MAX) {
        throw new Error(`migration ${migration.name} failed: ${(cause as Error).message}`, {
          cause,
        })
      }
      await client.query('ROLLBACK')
      // Those who were kept waiting go first.
      await sleep(LOCK_WAIT_MS * (1 + Math.random()))
    }
  }
}

async function applyOnce(client: pg.PoolClient, { name, sha256, sql }: Migration): Promise<void> {
  await client.query('BEGIN')
  await client.query(`SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`)
  await client.query(sql)
  await client.query('INSERT INTO migrations (name, sha256) VALUES ($1, $2)', [name, sha256])
  await client.query('COMMIT')
}

function findPending(
  migrations: Migration[],
  applied: { name: string; sha256: string }[],
): Migration[] {
  for (const [index, { name, sha256 }] of applied.entries()) {
    const migration = migrations[index]
    if (!migrations.some((known) => known.name === name)) {
      throw new Error(`the database has migration ${name}, which this program does not know`)
    }
    if (migration?.name !== name) {
      throw new Error(`migration ${migration?.name} comes before ${name}, which is already applied`)
    }
    if (migration.sha256 !== sha256) {
      throw new Error(`migration ${name} was edited after it was applied: add a new file instead`)
    }
  }
  return migrations.slice(applied.length)
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const names = (await readdir(directory)).sort()
  const migrations = await Promise.all(
    names.map(async (name): Promise<Migration> => {
      if (!FILE_NAME.test(name)) throw new Error(`migration ${name} is not named NNNN-name.sql`)
      // A checkout on Windows may have other line ends; the checksum must not differ for that.
      const sql = (await readFile(join(directory, name), 'utf8')).replaceAll('\r\n', '\n')
      return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') }
    }),
  )
  for (const [index, { name }] of migrations.entries()) {
    if (name.slice(0, 4) === migrations[index + 1]?.name.slice(0, 4)) {
      throw new Error(`two migrations have the number of ${name}`)
    }
  }
  return migrations
}
