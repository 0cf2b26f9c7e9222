import { randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const FILE_NAME = 'keyring.json'

const rootKeySchema = z
  .base64url()
  .transform((text) => Buffer.from(text, 'base64url'))
  .refine((bytes) => bytes.length === 32)

const keyringSchema = z.strictObject({
  format: z.literal('campus-ecode-keyring/1'),
  /** Aliases of codes, newest last. A version begins at an epoch beyond the aliases handed out. */
  alias: z
    .array(z.strictObject({ version: z.int(), fromEpoch: z.int().min(0), key: rootKeySchema }))
    .min(1),
  /** The core's half of the key agreement with phones. */
  agreement: rootKeySchema,
  /** Encrypts personal data and terminals' keys, newest last. */
  data: z.array(z.strictObject({ version: z.int().min(1).max(255), key: rootKeySchema })).min(1),
  /** Hashes what must be found and not read. */
  index: rootKeySchema,
})

/** Root keys, of which every other key is derived. They leave the key process in no form. */
export type Keyring = z.output<typeof keyringSchema>

/**
 * Reads the keyring of a directory, making both on first use.
 *
 * The file is complete or absent at any moment, readable by its owner alone, and never overwritten:
 * of two processes that make one at once, both use the first. Losing it makes sealed data and
 * enrolled phones useless, so it belongs into the backup, apart from the database's.
 */
export async function openKeyring(directory: string): Promise<Keyring> {
  const path = join(directory, FILE_NAME)
  const text = (await readIfThere(path)) ?? (await createKeyring(directory, path))
  try {
    return keyringSchema.parse(JSON.parse(text))
  } catch {
    // Neither parser may quote what it read.
    throw new Error(`${FILE_NAME} is not a keyring`)
  }
}

async function createKeyring(directory: string, path: string): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const key = () => randomBytes(32).toString('base64url')
  const keyring: z.input<typeof keyringSchema> = {
    format: 'campus-ecode-keyring/1',
    alias: [{ version: 1, fromEpoch: 0, key: key() }],
    agreement: key(),
    data: [{ version: 1, key: key() }],
    index: key(),
  }
  const draft = join(directory, `${FILE_NAME}.${randomUUID()}`)
  try {
    const file = await open(draft, 'wx', 0o600)
    await file.writeFile(`${JSON.stringify(keyring, null, 2)}\n`)
    await file.sync()
    await file.close()
    // Unlike a rename, a link never replaces a keyring that somebody else has just made.
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(draft, { force: true })
  }
  return readFile(path, 'utf8')
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
