import { access, link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Decrypter, Encrypter } from 'age-encryption'
import { UsageError } from '../usage-error.ts'

export const PASSPHRASE_LENGTH_MIN = 16
const FILE_NAME = 'keyring.json'

/** The keyring under a passphrase, in age's own format: `age -d` opens it too. */
export async function sealKeyring(keysDir: string, passphrase: string): Promise<Uint8Array> {
  const encrypter = new Encrypter()
  encrypter.setPassphrase(passphrase)
  return encrypter.encrypt(await readFile(join(keysDir, FILE_NAME)))
}

/** Throws where a keyring is already: nothing is ever laid over one. */
export async function assertNoKeyring(keysDir: string): Promise<void> {
  const isThere = await access(join(keysDir, FILE_NAME)).then(
    () => true,
    () => false,
  )
  if (isThere) throw new UsageError(`${keysDir} has a keyring already`)
}

/** Throws when the passphrase is wrong, or the file not whole. */
export async function unsealKeyring(sealed: Uint8Array, passphrase: string): Promise<Uint8Array> {
  const decrypter = new Decrypter()
  decrypter.addPassphrase(passphrase)
  return decrypter.decrypt(sealed)
}

/** Puts it where a key process reads it. */
export async function placeKeyring(keyring: Uint8Array, keysDir: string): Promise<void> {
  await mkdir(keysDir, { recursive: true, mode: 0o700 })
  const path = join(keysDir, FILE_NAME)
  const draft = `${path}.restored`
  try {
    const file = await open(draft, 'wx', 0o600)
    await file.writeFile(keyring)
    await file.sync()
    await file.close()
    await link(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
}
