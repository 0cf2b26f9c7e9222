import { join } from 'node:path'
import { z } from 'zod'
import { readIfThere, writeSafely } from './write-safely.ts'

/** The last time that the core was reached, and what it said of our clock. Milliseconds. */
const contactSchema = z.object({
  at: z.number(),
  /** How far the core's clock was ahead of this machine's. */
  aheadMs: z.number(),
  /** This machine's clock less its uptime: another one means that it was set, or started anew. */
  bootMs: z.number(),
})
export type Contact = z.infer<typeof contactSchema>

export interface ContactStore {
  load(): Promise<Contact | undefined>
  /** Writes when there is something to say: not more than once a minute, unless the clock has changed. */
  save(contact: Contact): Promise<void>
}

const EVERY_MS = 60_000
/** What the network's delay and the counters' steps are larger than. */
const SAME_MS = 2_000

/** Whether the machine has run on, and nobody has set its clock, since then. */
export function isSameRun(a: Pick<Contact, 'bootMs'>, bootMs: number): boolean {
  return Math.abs(a.bootMs - bootMs) <= SAME_MS
}

export function createContactStore(dir: string): ContactStore {
  const path = join(dir, 'contact.json')
  let saved: Contact | undefined
  return {
    async load() {
      const text = await readIfThere(path)
      try {
        saved = text && contactSchema.parse(JSON.parse(text.toString('utf8')))
      } catch {
        saved = undefined
      }
      return saved
    },
    async save(contact) {
      const isNews =
        !saved ||
        !isSameRun(saved, contact.bootMs) ||
        Math.abs(saved.aheadMs - contact.aheadMs) > SAME_MS / 4 ||
        contact.at - saved.at >= EVERY_MS ||
        contact.at < saved.at
      if (!isNews) return
      saved = contact
      await writeSafely(path, JSON.stringify(contact))
    },
  }
}
