import { join } from 'node:path'
import { type GateRecord, gateRecordSchema } from '@campus-ecode/protocol/gate-api'
import { openAppendFile } from './append-file.ts'
import { readIfThere, writeSafely } from './write-safely.ts'

/** What a gate has read and the core has not got yet, on disk, oldest first. */
export interface RecordQueue {
  readonly length: number
  /** Resolves when it is on disk. */
  add(record: GateRecord): Promise<void>
  /** The oldest. */
  peek(count: number): readonly GateRecord[]
  /** Takes these off: the core has them, or never will. A crash before brings them again, harmlessly. */
  remove(records: readonly GateRecord[]): Promise<void>
  close(): Promise<void>
}

export interface RecordQueueOptions {
  /** Then the oldest go: a gate that nobody connects must not fill its disk. */
  recordsMax: number
  onDropped: (count: number) => void
}

/** What is done with stays in the file until it is this much, so that it is not rewritten each time. */
const DONE_BYTES_MAX = 1024 * 1024

export async function openRecordQueue(
  dir: string,
  { recordsMax, onDropped }: RecordQueueOptions,
): Promise<RecordQueue> {
  const path = join(dir, 'records.jsonl')
  const text = (await readIfThere(path)) ?? Buffer.alloc(0)
  // A line that a crash cut short would swallow the next one.
  const whole = text.lastIndexOf('\n') + 1
  let records = parse(text.toString('utf8', 0, whole))
  let file = await openAppendFile(path, whole)
  let doneBytes = 0
  /** While the file is being replaced by one without what is done with. */
  let replacing: Promise<void> | undefined

  async function replace() {
    const lines = records.map(toLine).join('')
    doneBytes = 0
    // Until it stands there whole, the old one is gone on with.
    await writeSafely(path, lines)
    const old = file
    file = await openAppendFile(path, Buffer.byteLength(lines))
    await old.close()
  }

  async function tidy() {
    if (records.length === 0 && doneBytes > 0) {
      doneBytes = 0
      await file.empty()
    } else if (doneBytes > DONE_BYTES_MAX) {
      replacing = replace().finally(() => {
        replacing = undefined
      })
      await replacing
    }
  }

  function drop(gone: ReadonlySet<string>) {
    const kept: GateRecord[] = []
    for (const record of records) {
      if (gone.has(record.recordId)) doneBytes += Buffer.byteLength(toLine(record))
      else kept.push(record)
    }
    records = kept
  }

  return {
    get length() {
      return records.length
    },
    add(record) {
      records.push(record)
      const dropped =
        records.length > recordsMax ? records.slice(0, records.length - recordsMax) : []
      if (dropped.length > 0) {
        drop(new Set(dropped.map(({ recordId }) => recordId)))
        onDropped(dropped.length)
      }
      const line = Buffer.from(toLine(record))
      if (!replacing) return file.append(line)
      return replacing.catch(() => undefined).then(() => file.append(line))
    },
    peek: (count) => records.slice(0, count),
    async remove(done) {
      await replacing?.catch(() => undefined)
      drop(new Set(done.map(({ recordId }) => recordId)))
      await tidy()
    },
    async close() {
      await replacing?.catch(() => undefined)
      await file.close()
    },
  }
}

function toLine(record: GateRecord): string {
  return `${JSON.stringify(record)}\n`
}

function parse(text: string): GateRecord[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [gateRecordSchema.parse(JSON.parse(line))]
    } catch {
      // A line that the disk has spoilt.
      return []
    }
  })
}
