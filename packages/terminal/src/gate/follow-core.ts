import { gateRoutes } from '@campus-ecode/protocol/gate-api'
import type { CoreCaller } from '../core-caller.ts'
import { createBackOff } from './back-off.ts'
import type { GateDocuments, TakenDocument } from './gate-documents.ts'

export interface FollowOptions {
  caller: CoreCaller
  documents: GateDocuments
  signal: AbortSignal
  /** Unix seconds. */
  now(): number
  /** The core has answered; `taken` is what it has brought, and `stored` when that is on disk. */
  onContact(taken: TakenDocument[], stored: Promise<void>): Promise<void>
  /** It has not, or has refused us. */
  onNoContact(code: string | undefined): void
}

/** How long the core may hold an answer back until there is something new. */
const WAIT_SECONDS = 25
/** An answer that is not held back takes no longer than this. */
const CALL_MS = 10_000
/** An answer that comes at once tells the time exactly; one that was held back does not. */
const EXACT_MS = 600_000
/** Of an answer that takes longer, half may be wrong; it is asked again, so often. */
const EXACT_WITHIN_MS = 1_000
const SLOW_MAX = 3
/** A core that does not wait is not asked more often than this. */
const EVERY_MS = 1_000

/**
 * Keeps a gate's documents as new as the core's, until `signal`: asks, waits for news, asks again. A lock
 * reaches the gate as fast as the core answers (R32).
 */
export async function followCore(options: FollowOptions): Promise<void> {
  const { caller, documents, signal, now, onContact, onNoContact } = options
  const backOff = createBackOff({ firstMs: 1_000, mostMs: 20_000 }, signal)
  /** Since when there has been a core, and its time is known exactly. */
  let exactAt = Number.NEGATIVE_INFINITY
  let slowCount = 0
  /** A delta did not lead to the list that the core has: the whole list, then. */
  let asksWholeList = false
  while (!signal.aborted) {
    const begunAt = performance.now()
    const waitSeconds = begunAt - exactAt < EXACT_MS ? WAIT_SECONDS : 0
    const { keys, policy, list } = documents.seqs
    const before = documents.holdings
    const asked = { keys, policy, list: asksWholeList ? 0 : list, waitSeconds }
    const texts = Object.entries(asked).map(([name, value]) => [name, String(value)])
    const answer = await caller.call(
      gateRoutes.getGateUpdate,
      Object.fromEntries(texts),
      undefined,
      waitSeconds * 1000 + CALL_MS,
    )
    if (signal.aborted) return
    if (answer.kind !== 'answered') {
      onNoContact(answer.kind === 'refused' ? answer.code : answer.says)
      exactAt = Number.NEGATIVE_INFINITY
      const askedFor = answer.kind === 'refused' ? (answer.retryAfterSeconds ?? 0) * 1000 : 0
      await backOff.pause(askedFor)
      continue
    }
    const { taken, stored } = documents.take(answer.body, now())
    await onContact(taken, stored)
    if (waitSeconds === 0) {
      slowCount = performance.now() - begunAt > EXACT_WITHIN_MS ? slowCount + 1 : 0
      // A network that is always slow is left in peace.
      if (slowCount % SLOW_MAX === 0) exactAt = begunAt
    }
    asksWholeList = taken.some(({ document, refusal }) => document === 'delta' && refusal !== null)
    const isStuck = taken.some(({ document, refusal }) => document !== 'delta' && refusal !== null)
    if (isStuck) {
      // It would be offered again and again.
      await backOff.pause()
      continue
    }
    backOff.reset()
    const restMs = EVERY_MS - (performance.now() - begunAt)
    const isNews = documents.holdings !== before || asksWholeList
    if (!isNews && waitSeconds > 0 && restMs > 0) await backOff.pause(restMs)
  }
}
