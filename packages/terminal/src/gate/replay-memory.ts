import { join } from 'node:path'
import { CREDENTIAL_HASH_BYTES } from '@campus-ecode/protocol/revocation-list'
import { openAppendFile } from './append-file.ts'
import type { ReplayMemory, Seen } from './verify-access.ts'
import { readIfThere } from './write-safely.ts'

/** Whom a gate has let in. Times are unix seconds. */
export interface FillableMemory extends ReplayMemory {
  /** @param keepSeconds What is older goes. */
  add(seen: Seen, now: number, keepSeconds: number): void
}

/** The same, on disk: a restart does not let a picture of a code in again. */
export interface StoredMemory extends ReplayMemory {
  /** Known at once; resolves when it is on disk: only then does the gate open. */
  add(seen: Seen, now: number, keepSeconds: number): Promise<void>
  close(): Promise<void>
}

export function createMemory(): FillableMemory {
  const times = new Map<string, number>()
  return {
    letInAt: (seen) => times.get(nameOf(seen)),
    add(seen, now, keepSeconds) {
      // In the order of time, so what is over stands in front.
      for (const [name, at] of times) {
        if (now - at <= keepSeconds) break
        times.delete(name)
      }
      times.set(nameOf(seen), now)
    },
  }
}

/**
 * Opens the memory of a gate. Two files take turns, and the one that is all over is emptied, so that both
 * stay as small as what a gate lets in within some minutes.
 */
export async function openReplayMemory(dir: string): Promise<StoredMemory> {
  const memory = createMemory()
  const [first, second] = await Promise.all(
    ['seen-a.bin', 'seen-b.bin'].map((name) => openSeenFile(join(dir, name))),
  )
  if (!first || !second) throw new Error('there are two files')
  const entries = [...first.entries, ...second.entries].sort((a, b) => a.letInAt - b.letInAt)
  for (const { letInAt, ...seen } of entries) memory.add(seen, letInAt, Number.POSITIVE_INFINITY)

  const isFirstNewer = (first.times?.last ?? 0) >= (second.times?.last ?? 0)
  let [present, other] = isFirstNewer ? [first, second] : [second, first]
  return {
    letInAt: memory.letInAt,
    async add(seen, now, keepSeconds) {
      memory.add(seen, now, keepSeconds)
      const isOver = (at = 0) => now - at > keepSeconds
      if (present.times && isOver(present.times.first) && isOver(other.times?.last)) {
        ;[present, other] = [other, present]
        present.times = undefined
        await present.file.empty()
      }
      present.times = { first: present.times?.first ?? now, last: now }
      await present.file.append(encodeEntry({ ...seen, letInAt: now }))
    },
    async close() {
      await Promise.all([first.file.close(), second.file.close()])
    },
  }
}

interface Entry extends Seen {
  letInAt: number
}

/** hash ‖ u32 shown at ‖ u32 let in at. */
const ENTRY_BYTES = CREDENTIAL_HASH_BYTES + 8

async function openSeenFile(path: string) {
  const bytes = (await readIfThere(path)) ?? Buffer.alloc(0)
  const entries: Entry[] = []
  // A power cut may have left a last one in part.
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
    entries.push(decodeEntry(bytes.subarray(at, at + ENTRY_BYTES)))
  }
  const file = await openAppendFile(path, entries.length * ENTRY_BYTES)
  const [oldest] = entries
  const newest = entries.at(-1)
  /** Of what is in it. */
  const times = oldest && newest && { first: oldest.letInAt, last: newest.letInAt }
  return { file, entries, times }
}

function encodeEntry({ credential, shownAt, letInAt }: Entry): Buffer {
  const bytes = Buffer.alloc(ENTRY_BYTES)
  bytes.write(credential, 'base64url')
  bytes.writeUInt32BE(shownAt, CREDENTIAL_HASH_BYTES)
  bytes.writeUInt32BE(letInAt, CREDENTIAL_HASH_BYTES + 4)
  return bytes
}

function decodeEntry(bytes: Buffer): Entry {
  return {
    credential: bytes.toString('base64url', 0, CREDENTIAL_HASH_BYTES),
    shownAt: bytes.readUInt32BE(CREDENTIAL_HASH_BYTES),
    letInAt: bytes.readUInt32BE(CREDENTIAL_HASH_BYTES + 4),
  }
}

function nameOf({ credential, shownAt }: Seen): string {
  return `${credential} ${shownAt}`
}
