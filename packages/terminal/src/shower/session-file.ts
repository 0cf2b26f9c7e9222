import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { orderNoSchema } from '@campus-ecode/protocol/shapes'
import { waterSessionSchema } from '@campus-ecode/protocol/water'
import { z } from 'zod'
import { readIfThere, syncFolder, writeSafely } from '../gate/write-safely.ts'

const savedSessionSchema = z.strictObject({
  sessionNo: orderNoSchema,
  /** `starting`: sent, and not known to have begun. `ending`: shut, and the core may not know. */
  phase: z.enum(['starting', 'running', 'ending']),
  seq: z.int().min(0),
  totalMl: z.int().min(0),
  /** As the core said last. */
  session: waterSessionSchema.nullable(),
})
/** What a controller must know after a power cut; neither bath number nor password is in it. */
export type SavedSession = z.infer<typeof savedSessionSchema>

/** Keeps one session on disk. */
export interface SessionFile {
  /** Throws for a file that is none of ours. */
  read(): Promise<SavedSession | undefined>
  write(saved: SavedSession): Promise<void>
  remove(): Promise<void>
}

/** @param dir The shower's own; made when it is not there. One process at a time. */
export async function openSessionFile(dir: string): Promise<SessionFile> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, 'session.json')
  return {
    async read() {
      const bytes = await readIfThere(path)
      return bytes && savedSessionSchema.parse(JSON.parse(bytes.toString('utf8')))
    },
    write: (saved) => writeSafely(path, JSON.stringify(saved)),
    async remove() {
      await rm(path, { force: true })
      await syncFolder(dir)
    },
  }
}
