import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { from as copyFrom } from 'pg-copy-streams'
import { type Database, inTransaction, type Queryable, type Tx } from '../db/database.ts'
import { MIGRATIONS_DIR, migrate } from '../db/migrate.ts'
import { hashThrough } from './hash-through.ts'
import { type BackupTable, MANIFEST_NAME, type Manifest, manifestSchema } from './manifest.ts'
import { outrunNumbers } from './portable-columns.ts'

/** Why nothing was restored. */
export type RestoreRefusal = { refused: 'not_a_backup' | 'damaged' | 'not_empty'; detail?: string }

/** What an empty database of ours has all the same. */
const ALWAYS_THERE = ['migrations', 'balance_rollup']

/**
 * Brings a backup into an empty database: the tables as they were when it was taken, its rows in one
 * transaction, then whatever this program has learned since.
 */
export async function restoreBackup(
  { pool }: Pick<Database, 'pool'>,
  folder: string,
  onTable?: (table: BackupTable) => void,
): Promise<Manifest | RestoreRefusal> {
  const manifest = await readManifest(folder)
  if (!manifest) return { refused: 'not_a_backup' }
  for (const table of manifest.tables) {
    const damage = await findDamage(folder, table)
    if (damage) return { refused: 'damaged', detail: damage }
  }
  const occupied = await findOccupied(pool)
  if (occupied) return { refused: 'not_empty', detail: occupied }

  const last = manifest.migrations.at(-1)?.name
  await migrate(pool, MIGRATIONS_DIR, last)
  const restored = await inTransaction(pool, async (tx) => {
    await tx.query('set local statement_timeout = 0')
    await tx.query('set local idle_in_transaction_session_timeout = 0')
    const { rows } = await tx.query<{ name: string; sha256: string }>(
      'select name, sha256 from migrations order by name',
    )
    // Other words under the same name would read the rows otherwise than they were written.
    const same = JSON.stringify(rows) === JSON.stringify(manifest.migrations)
    if (!same) throw new Error('the migrations of this program are not those of the backup')
    // A core that was started meanwhile may have written since it was looked.
    for (const { name } of manifest.tables) {
      await tx.query(`lock table ${tx.escapeIdentifier(name)} in exclusive mode`)
    }
    const writtenSince = await findOccupied(tx)
    if (writtenSince) return { refused: 'not_empty' as const, detail: writtenSince }
    for (const name of ALWAYS_THERE) await tx.query(`delete from ${name}`)
    for (const table of manifest.tables) {
      await fillTable(tx, folder, table)
      onTable?.(table)
    }
    return manifest
  })
  if ('refused' in restored) return restored
  await outrunNumbers(pool)
  await migrate(pool)
  await pool.query('analyze')
  return restored
}

export async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    const text = await readFile(join(folder, MANIFEST_NAME), 'utf8')
    return manifestSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

async function findDamage(
  folder: string,
  { file, bytes, sha256 }: BackupTable,
): Promise<string | undefined> {
  const through = hashThrough()
  try {
    await pipeline(createReadStream(join(folder, file)), through.stream, async (parts) => {
      for await (const _ of parts) {
        // Only its hash is wanted.
      }
    })
  } catch (error) {
    return `${file}: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}`
  }
  const found = through.result()
  return found.bytes === bytes && found.sha256 === sha256 ? undefined : `${file} was changed`
}

/** @returns A table that has rows. */
async function findOccupied(on: Queryable): Promise<string | undefined> {
  const { rows } = await on.query<{ name: string }>(
    `select c.relname as name from pg_class c
       join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
      where c.relkind = 'r' and c.relname <> all ($1) order by c.relname`,
    [ALWAYS_THERE],
  )
  for (const { name } of rows) {
    const { rowCount } = await on.query(`select from "${name}" limit 1`)
    if (rowCount !== 0) return name
  }
  return undefined
}

async function fillTable(
  tx: Tx,
  folder: string,
  { name, columns, file, rowCount }: BackupTable,
): Promise<void> {
  const list = columns.map((column) => tx.escapeIdentifier(column)).join(', ')
  const target = tx.query(copyFrom(`copy ${tx.escapeIdentifier(name)} (${list}) from stdin`))
  await pipeline(createReadStream(join(folder, file)), createGunzip(), target)
  if (target.rowCount !== rowCount) throw new Error(`${name} has other rows than were written`)
}
