import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from './write-safely.ts'

/** A file that only grows, until it is emptied. */
export interface AppendFile {
  readonly bytes: number
  /** Resolves once it is on disk. What comes while one waits for the disk goes down together. */
  append(chunk: Uint8Array): Promise<void>
  empty(): Promise<void>
  close(): Promise<void>
}

/** Opens a file to go on with it. Whatever stands behind `length` is cut off. */
export async function openAppendFile(path: string, length: number): Promise<AppendFile> {
  const file: FileHandle = await open(path, 'a', 0o600)
  await file.truncate(length)
  await file.sync()
  await syncFolder(dirname(path))
  let bytes = length
  let isTorn = false
  /** What waits for the disk to be done with what is before it. */
  let batch: { chunks: Uint8Array[]; done: Promise<void> } | undefined
  let last: Promise<void> = Promise.resolve()

  function enqueue(task: () => Promise<void>): Promise<void> {
    const done = last.then(task)
    last = done.catch(() => undefined)
    return done
  }

  async function write(chunks: readonly Uint8Array[]) {
    // A disk that was full has perhaps taken half of what was before.
    if (isTorn) await file.truncate(bytes)
    isTorn = true
    const all = Buffer.concat(chunks)
    await file.appendFile(all)
    await file.datasync()
    isTorn = false
    bytes += all.length
  }

  return {
    get bytes() {
      return bytes
    },
    append(chunk) {
      if (!batch) {
        const chunks: Uint8Array[] = []
        const done = enqueue(() => {
          batch = undefined
          return write(chunks)
        })
        batch = { chunks, done }
      }
      batch.chunks.push(chunk)
      return batch.done
    },
    empty: () =>
      enqueue(async () => {
        await file.truncate(0)
        await file.datasync()
        bytes = 0
        isTorn = false
      }),
    async close() {
      await last
      await file.close()
    },
  }
}
