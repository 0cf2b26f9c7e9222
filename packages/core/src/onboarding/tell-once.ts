import { open, rm } from 'node:fs/promises'
import { UsageError } from '../usage-error.ts'

/** Awaited as the last thing before a commit. */
export type Tell<T> = (told: T) => Promise<void>

/**
 * Makes a file for keys and secrets, which are told once. It is on the disk, whole and for its owner alone, before
 * what it tells of is committed: nothing is ever true that nobody was told.
 *
 * When `work` fails before it has told anything there is no file. When it fails afterwards, it may have been
 * committed all the same, and the file stays.
 */
export async function tellOnce<R>(
  path: string,
  work: (tell: Tell<object>) => Promise<R>,
): Promise<R> {
  const file = await open(path, 'wx', 0o600).catch(() => {
    throw new UsageError(`${path} cannot be made, or is there already`)
  })
  let isTold = false
  try {
    return await work(async (told) => {
      // A transaction that met another one is run again, and tells again.
      await file.truncate()
      await file.write(`${JSON.stringify(told, null, 2)}\n`, 0)
      await file.sync()
      isTold = true
    })
  } catch (error) {
    if (!isTold) await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}
