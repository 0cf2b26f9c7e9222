import { GATE_RECORDS_MAX, type GateRecord, gateRoutes } from '@campus-ecode/protocol/gate-api'
import type { CoreCaller } from '../core-caller.ts'
import { createBackOff } from './back-off.ts'
import type { RecordQueue } from './record-queue.ts'

/** R31: what a gate could not know when it opened. */
export interface Finding {
  record: GateRecord
  /** The same code was used at another gate; or its credential had been revoked by then. */
  finding: 'replayed' | 'revoked'
}

export interface UploadOptions {
  caller: CoreCaller
  queue: RecordQueue
  signal: AbortSignal
  onFinding(finding: Finding): void
  /** The core will never take this one; it is let go. */
  onUnwanted(record: GateRecord): void
  /** Waits for the disk, and tells of it when it fails. */
  onDisk(written: Promise<void>): Promise<void>
  onFault(error: unknown): void
}

export interface Uploads {
  /** There is something to upload. */
  begin(): void
  /** The core has been heard of: no use in waiting any longer. */
  hurry(): void
  /** Resolves when nothing waits, now or later. */
  whenEmpty(): Promise<void>
  /** Resolves after `signal`. */
  ended: Promise<void>
}

const CALL_MS = 10_000

/** Uploads records once each, oldest first, as soon as there are any and the core can be reached (R31). */
export function startUploads(options: UploadOptions): Uploads {
  const { caller, queue, signal, onFinding, onUnwanted, onDisk, onFault } = options
  const backOff = createBackOff({ firstMs: 1_000, mostMs: 60_000 }, signal)
  /** One at a time, while it is not clear which of a batch the core does not take. */
  let countMax = GATE_RECORDS_MAX
  let awaken: (() => void) | undefined
  let hopers: (() => void)[] = []
  signal.addEventListener('abort', () => awaken?.(), { once: true })

  async function run() {
    while (!signal.aborted) {
      if (queue.length === 0) {
        for (const resolve of hopers) resolve()
        hopers = []
        await new Promise<void>((resolve) => {
          awaken = resolve
        })
        awaken = undefined
        continue
      }
      try {
        await uploadOnce()
      } catch (error) {
        onFault(error)
        await backOff.pause()
      }
    }
  }

  async function uploadOnce() {
    const records = queue.peek(countMax)
    const answer = await caller.call(gateRoutes.addGateRecords, {}, { records }, CALL_MS)
    if (signal.aborted) return
    if (answer.kind === 'answered') {
      for (const { recordId, finding } of answer.body.findings) {
        const record = records.find((candidate) => candidate.recordId === recordId)
        if (record) onFinding({ record, finding })
      }
      await onDisk(queue.remove(records))
      countMax = GATE_RECORDS_MAX
      return backOff.reset()
    }
    // Only this says that it is the content; a disabled gate's records are still wanted.
    if (answer.kind === 'refused' && answer.code === 'BAD_REQUEST') {
      const [record] = records
      if (records.length > 1) {
        countMax = 1
      } else if (record) {
        onUnwanted(record)
        await onDisk(queue.remove(records))
      }
      return
    }
    const askedFor = answer.kind === 'refused' ? (answer.retryAfterSeconds ?? 0) * 1000 : 0
    await backOff.pause(askedFor)
  }

  return {
    begin: () => awaken?.(),
    hurry: () => backOff.wake(),
    async whenEmpty() {
      if (queue.length > 0) await new Promise<void>((resolve) => hopers.push(resolve))
    },
    ended: run(),
  }
}
