import { setTimeout as sleep } from 'node:timers/promises'

/** How long to go on asking, and how long to wait between two questions. */
export interface Patience {
  elapsedMs(): number
  lastsFor(ms: number): boolean
  /**
   * Waits before the next question: longer each time, and never quite as long as another till.
   *
   * @param atLeastMs What the core asked for.
   * @returns false when patience has ended or ends before that; then nothing was waited.
   */
  pause(atLeastMs?: number): Promise<boolean>
  /** How long the next call may take: the rest, or a moment for the last question. */
  callMs(): number
}

export function createPatience(
  patienceMs: number,
  { firstMs, mostMs }: Pauses = GROWING,
): Patience {
  // Not the wall clock, which may be set while we wait.
  const startedAt = performance.now()
  let stepMs = firstMs
  const elapsedMs = () => performance.now() - startedAt
  const leftMs = () => Math.max(0, patienceMs - elapsedMs())
  const lastsFor = (ms: number) => leftMs() > ms
  return {
    elapsedMs,
    lastsFor,
    async pause(atLeastMs = 0) {
      // After an outage a whole canteen asks again; spread it.
      const pauseMs = Math.max(atLeastMs, stepMs * (0.8 + 0.4 * Math.random()))
      stepMs = Math.min(stepMs * 2, mostMs)
      if (!lastsFor(atLeastMs)) return false
      await sleep(Math.min(pauseMs, leftMs()))
      return true
    },
    callMs: () => Math.max(leftMs(), LAST_CALL_MS),
  }
}

interface Pauses {
  firstMs: number
  mostMs: number
}

/** For what takes a moment, or an outage. */
const GROWING: Pauses = { firstMs: 250, mostMs: 2_000 }
/** For a person at a phone, who may be done at any moment. */
export const STEADY: Pauses = { firstMs: 1_000, mostMs: 1_000 }
const LAST_CALL_MS = 2_000
