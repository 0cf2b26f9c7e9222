import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openDatabase } from '../db/database.ts'
import { UsageError } from '../usage-error.ts'
import { KEYRING_NAME } from './manifest.ts'
import { type RestoreRefusal, readManifest, restoreBackup } from './restore-backup.ts'
import {
  assertNoKeyring,
  PASSPHRASE_LENGTH_MIN,
  placeKeyring,
  unsealKeyring,
} from './seal-keyring.ts'
import { writeBackup } from './write-backup.ts'

export const BACKUP_USAGE = `ecode backup DIR [--passphrase-file FILE [--keys KEYS_DIR]]
  Copies the whole database as of one moment into a folder under DIR, beside running cores. With a passphrase the
  keyring goes with it, sealed (age); without, it is to be kept by other means, or the copy is of no use.

ecode restore FOLDER [--passphrase-file FILE [--keys KEYS_DIR]]
  Brings a backup into an empty database, and with a passphrase the keyring to where none is. Then run check-books.`

type Env = Record<string, string | undefined>
type Print = (line: string) => void

const refusals: Record<RestoreRefusal['refused'], string> = {
  not_a_backup: 'that folder is no backup',
  damaged: 'the backup is damaged; nothing was restored',
  not_empty: 'the database has rows already; nothing was restored',
}

/** `ecode backup`. */
export async function runBackup(args: string[], env: Env, print: Print): Promise<void> {
  const { folder: out, keyring } = await readOptions(args, env)
  const db = await openDatabase(env)
  try {
    const { folder, manifest } = await writeBackup(db, { out, ...(keyring && { keyring }) })
    const rowCount = manifest.tables.reduce((sum, table) => sum + table.rowCount, 0)
    print(
      `${folder}: ${manifest.tables.length} tables, ${rowCount} rows, as of ${manifest.takenAt}`,
    )
    if (!keyring) print('the keyring is not in it: without that, phones and sealed data are lost')
  } finally {
    await db.close()
  }
}

/** `ecode restore`. */
export async function runRestore(args: string[], env: Env, print: Print): Promise<void> {
  const { folder, keyring } = await readOptions(args, env)
  if (keyring) await assertNoKeyring(keyring.keysDir)
  // Before the rows: what a wrong passphrase leaves half restored could not be restored again.
  const opened = keyring && (await openKeyringOf(folder, keyring.passphrase))
  const db = await openDatabase(env)
  try {
    const restored = await restoreBackup(db, folder, ({ name, rowCount }) =>
      print(`${name}: ${rowCount} rows`),
    )
    if ('refused' in restored) {
      print([refusals[restored.refused], restored.detail].filter(Boolean).join(': '))
      process.exitCode = 1
      return
    }
    if (keyring && opened) {
      await placeKeyring(opened, keyring.keysDir)
      print(`the keyring is in ${keyring.keysDir}`)
    }
    print(`restored as of ${restored.takenAt}`)
  } finally {
    await db.close()
  }
}

/** @returns Undefined where the backup has none. */
async function openKeyringOf(folder: string, passphrase: string): Promise<Uint8Array | undefined> {
  if ((await readManifest(folder))?.keyring !== 'sealed') return undefined
  try {
    return await unsealKeyring(await readFile(join(folder, KEYRING_NAME)), passphrase)
  } catch {
    throw new UsageError('the passphrase does not open the keyring there; nothing was restored')
  }
}

async function readOptions(args: string[], { DATA_DIR }: Env) {
  const { values, positionals } = parse(args)
  const [folder, ...rest] = positionals
  if (!folder || rest.length > 0) throw new UsageError('name one folder')
  const file = values['passphrase-file']
  if (file === undefined) return { folder, keyring: undefined }
  const passphrase = (await readFile(file, 'utf8')).trim()
  if (passphrase.length < PASSPHRASE_LENGTH_MIN) {
    throw new UsageError(`the passphrase has fewer than ${PASSPHRASE_LENGTH_MIN} characters`)
  }
  return {
    folder,
    keyring: { passphrase, keysDir: values.keys ?? join(DATA_DIR || '.data', 'keys') },
  }
}

function parse(args: string[]) {
  const options = { 'passphrase-file': { type: 'string' }, keys: { type: 'string' } } as const
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
