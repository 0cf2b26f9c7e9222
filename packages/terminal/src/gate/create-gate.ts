import { mkdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { accessRefusals } from '@campus-ecode/protocol/access-refusals'
import { type GateRecord, gateRoutes } from '@campus-ecode/protocol/gate-api'
import type { Route } from '@campus-ecode/protocol/route'
import { v7 } from 'uuid'
import type { Answer } from '../answer.ts'
import { type BodyOf, type CoreCaller, createCoreCaller } from '../core-caller.ts'
import { readCoreKey } from '../core-key.ts'
import { rememberSeconds } from './access-checks.ts'
import { createDocumentStore } from './document-store.ts'
import { followCore } from './follow-core.ts'
import type { Gate, GateOptions, GateReading } from './gate.ts'
import { openGateClock } from './gate-clock.ts'
import { openGateDocuments, type TakenDocument } from './gate-documents.ts'
import { createWarningWatch, listWarnings, type Troubles } from './gate-warnings.ts'
import { createDocumentGuard, type DocumentGuard } from './holdings.ts'
import { GateFolderInUse, lockFolder } from './lock-folder.ts'
import { openRecordQueue } from './record-queue.ts'
import { openReplayMemory } from './replay-memory.ts'
import { startUploads, type Uploads } from './upload-records.ts'
import { type Verdict, verifyAccess } from './verify-access.ts'

const CALL_MS = 10_000
/** The longest call waits 25 s for news. */
const LONGEST_CALL_MS = 35_000
/** Warnings that only the time brings. */
const LOOK_MS = 60_000

/**
 * Opens a gate with what it has on disk, and begins to follow the core.
 *
 * Throws TypeError for a root key, an address or a secret that cannot be used, GateFolderInUse while
 * the gate of this folder is open.
 */
export async function createGate(options: GateOptions): Promise<Gate> {
  const { dir, core, onFault = () => {} } = options
  const guard = createDocumentGuard(options)
  const coreKey = core && readCoreKey(core)
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const unlock = await lockFolder(dir).catch((error) => {
    if (error instanceof GateFolderInUse) throw error
    // A disk that takes no lock keeps nobody out.
    onFault(error)
    return async () => {}
  })
  try {
    return await openGate(options, { guard, coreKey, unlock })
  } catch (error) {
    await unlock()
    throw error
  }
}

interface Opening {
  guard: DocumentGuard
  coreKey: ReturnType<typeof readCoreKey> | undefined
  /** Lets go of the folder. */
  unlock(): Promise<void>
}

async function openGate(options: GateOptions, { guard, coreKey, unlock }: Opening): Promise<Gate> {
  const { dir, schoolId, core, recordsMax = 50_000 } = options
  const { onFinding = () => {}, onWarning = () => {}, onFault = () => {} } = options
  const troubles: Troubles = {
    isDisabled: false,
    isStorageFailed: false,
    lostCount: 0,
    refused: [],
  }
  const clock = await openGateClock(dir, options)
  const documents = await openGateDocuments(guard, createDocumentStore(dir, guard))
  const memory = await openReplayMemory(dir)
  const lose = (count: number) => {
    troubles.lostCount += count
  }
  const queue = await openRecordQueue(dir, { recordsMax, onDropped: lose })

  const nowSeconds = () => Math.floor(clock.now() / 1000)
  const currentWarnings = () => listWarnings(documents.holdings, nowSeconds(), troubles)
  const lookForWarnings = createWarningWatch(currentWarnings, onWarning)
  const looking = setInterval(lookForWarnings, LOOK_MS).unref()
  const ending = new AbortController()
  let online = false
  let caller: CoreCaller | undefined
  let uploads: Uploads | undefined
  let following: Promise<void> | undefined
  let begin = () => {}
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })

  async function onTaken(taken: TakenDocument[], stored: Promise<void>) {
    troubles.refused = taken.filter(({ refusal }) => refusal)
    await onDisk(stored)
    lookForWarnings()
  }

  async function onContact(taken: TakenDocument[], stored: Promise<void>) {
    online = true
    troubles.isDisabled = false
    uploads?.hurry()
    await onDisk(clock.noteContact())
    await onTaken(taken, stored)
    begin()
  }

  function onNoContact(code: string | undefined) {
    online = false
    troubles.isDisabled = code === 'GATE_DISABLED'
    lookForWarnings()
    begin()
  }

  /** A disk that fails is told of; the gate goes on by what it knows. */
  async function onDisk(written: Promise<void>) {
    try {
      await written
      troubles.isStorageFailed = false
    } catch (error) {
      troubles.isStorageFailed = true
      onFault(error)
      lookForWarnings()
    }
  }

  if (core && coreKey) {
    const { coreUrl } = core
    const machineNow = clock.steadyNow
    caller = createCoreCaller({ coreUrl, ...coreKey, callMs: LONGEST_CALL_MS, machineNow })
    clock.follow(caller.clock)
    const { signal } = ending
    const onUnwanted = () => lose(1)
    const shared = { caller, signal, onDisk, onFault }
    uploads = startUploads({ ...shared, queue, onFinding, onUnwanted })
    following = followCore({ ...shared, documents, now: nowSeconds, onContact, onNoContact })
  } else {
    lookForWarnings()
    begin()
  }

  async function call<R extends Route>(
    route: R,
    params: Record<string, string>,
    body?: unknown,
  ): Promise<Answer<BodyOf<R>>> {
    return caller
      ? caller.call(route, params, body, CALL_MS)
      : { kind: 'unknown', reason: 'NOT_SENT' }
  }

  return {
    begun,
    async read(text) {
      const atMs = clock.now()
      const now = Math.floor(atMs / 1000)
      const { keys, policy, list } = documents.holdings
      const verdict = verifyAccess(text, now, {
        school: schoolId,
        keys: keys?.content,
        policy: policy?.content,
        list: list?.content,
        memory,
      })
      const { result, credential, shownAt } = verdict
      if (result === 'opened' && credential !== null && shownAt !== null) {
        const seen = { credential, shownAt }
        await onDisk(memory.add(seen, now, rememberSeconds(policy?.content)))
      }
      const at = new Date(atMs).toISOString()
      const record = toRecord(verdict, at)
      if (record) {
        // Nobody waits at the door for this one.
        void onDisk(queue.add(record))
        uploads?.begin()
      }
      return toReading(verdict, at, record)
    },
    async takeDocuments(file) {
      const { taken, stored } = documents.take(file, nowSeconds())
      await onTaken(taken, stored)
      return taken
    },
    get state() {
      const { keys, policy, list } = documents.holdings
      return {
        online,
        lastContactAt: clock.lastContactAt,
        clockAheadMs: clock.aheadMs,
        keys: keys ? { seq: keys.seq, expires: keys.content.set.expires } : null,
        policy: policy ? { seq: policy.seq, issued: policy.content.issued } : null,
        list: list
          ? { seq: list.seq, issued: list.content.issued, count: list.content.hashes.length / 8 }
          : null,
        waitingRecords: queue.length,
        warnings: currentWarnings(),
      }
    },
    getGate: () => call(gateRoutes.getGate, {}),
    checkIdentity: (code) => call(gateRoutes.checkIdentity, {}, { code }),
    getZoneRecords: (cursor) =>
      call(gateRoutes.getZoneRecords, cursor === undefined ? {} : { cursor }),
    async upload(patienceMs) {
      const patience = new AbortController()
      const over = sleep(patienceMs, undefined, { signal: patience.signal }).catch(() => undefined)
      if (uploads) await Promise.race([uploads.whenEmpty(), over])
      patience.abort()
      return queue.length
    },
    async close() {
      clearInterval(looking)
      ending.abort()
      begin()
      await caller?.close()
      await Promise.all([following, uploads?.ended])
      await memory.close()
      await queue.close()
      await unlock()
    },
  }
}

/** What is uploaded: every code whose issuer's signature was right, and nothing of the others. */
function toRecord(verdict: Verdict, at: string): GateRecord | undefined {
  const { result, refusal, credential, shownAt, purpose, context } = verdict
  if (credential === null) return undefined
  return {
    recordId: v7(),
    at,
    result,
    refusal,
    credential,
    shownAt: shownAt === null ? null : new Date(shownAt * 1000).toISOString(),
    purpose,
    context,
  }
}

function toReading(verdict: Verdict, at: string, record: GateRecord | undefined): GateReading {
  const [zh, en] = verdict.refusal ? accessRefusals[verdict.refusal] : []
  const message = zh !== undefined && en !== undefined ? { 'zh-CN': zh, en } : null
  return { ...verdict, message, at, recordId: record?.recordId ?? null }
}
