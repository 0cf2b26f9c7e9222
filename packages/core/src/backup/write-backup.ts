import { createWriteStream } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { to as copyTo } from 'pg-copy-streams'
import { type Database, inTransaction, type Tx } from '../db/database.ts'
import { hashThrough } from './hash-through.ts'
import { type BackupTable, KEYRING_NAME, MANIFEST_NAME, type Manifest } from './manifest.ts'
import { type CopiedTable, listTables } from './portable-columns.ts'
import { sealKeyring } from './seal-keyring.ts'

export interface BackupOptions {
  /** Gets a folder named for the moment; it is there whole or not at all. */
  out: string
  /** Puts the keyring beside it, sealed. */
  keyring?: { keysDir: string; passphrase: string }
  onTable?(table: BackupTable): void
}

/**
 * Copies every table as of one moment, beside running cores: one REPEATABLE READ snapshot, nothing is locked
 * but what would drop a table meanwhile.
 */
export async function writeBackup(
  { pool }: Pick<Database, 'pool'>,
  { out, keyring, onTable }: BackupOptions,
): Promise<{ folder: string; manifest: Manifest }> {
  const takenAt = new Date().toISOString()
  const folder = join(out, `campus-ecode-backup-${takenAt.replaceAll(/[:.]/g, '-')}`)
  const partial = `${folder}.partial`
  await mkdir(partial, { recursive: true, mode: 0o700 })
  try {
    const copied = await inTransaction(pool, async (tx) => {
      await tx.query('set transaction isolation level repeatable read, read only')
      await tx.query('set local statement_timeout = 0')
      await tx.query('set local idle_in_transaction_session_timeout = 0')
      const { rows: migrations } = await tx.query<{ name: string; sha256: string }>(
        'select name, sha256 from migrations order by name',
      )
      const { rows: servers } = await tx.query<{ server_version: string }>('show server_version')
      const tables: BackupTable[] = []
      for (const table of await listTables(tx)) {
        const written = await copyTable(tx, table, partial)
        tables.push(written)
        onTable?.(written)
      }
      return { migrations, tables, server: servers[0]?.server_version ?? '' }
    })
    if (keyring) {
      const sealed = await sealKeyring(keyring.keysDir, keyring.passphrase)
      await writeDurably(join(partial, KEYRING_NAME), sealed)
    }
    const manifest: Manifest = {
      format: 'campus-ecode-backup/1',
      takenAt,
      ...copied,
      keyring: keyring ? 'sealed' : 'elsewhere',
    }
    await writeDurably(join(partial, MANIFEST_NAME), `${JSON.stringify(manifest, null, 2)}\n`)
    await rename(partial, folder)
    return { folder, manifest }
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw error
  }
}

async function copyTable(
  tx: Tx,
  { name, columns, expressions }: CopiedTable,
  folder: string,
): Promise<BackupTable> {
  const file = `${name}.copy.gz`
  const source = tx.query(
    copyTo(`copy (select ${expressions.join(', ')} from ${tx.escapeIdentifier(name)} t) to stdout`),
  )
  const through = hashThrough()
  const target = createWriteStream(join(folder, file), { mode: 0o600, flags: 'wx', flush: true })
  await pipeline(source, createGzip({ level: 6 }), through.stream, target)
  return { name, columns, rowCount: source.rowCount ?? 0, file, ...through.result() }
}

async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  await file.writeFile(content)
  await file.sync()
  await file.close()
}
