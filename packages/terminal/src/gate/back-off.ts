import { setTimeout as sleep } from 'node:timers/promises'

/** Waits longer after each failure, never quite as long as another gate, and can be woken. */
export interface BackOff {
  /** @param atLeastMs What the core asked for. */
  pause(atLeastMs?: number): Promise<void>
  /** After a success. */
  reset(): void
  /** Ends the pause that is under way. */
  wake(): void
}

/** @param signal Ends pauses for good. */
export function createBackOff(
  { firstMs, mostMs }: { firstMs: number; mostMs: number },
  signal: AbortSignal,
): BackOff {
  let stepMs = firstMs
  let waking = new AbortController()
  return {
    async pause(atLeastMs = 0) {
      waking = new AbortController()
      // After an outage a whole campus asks again; spread it.
      const ms = Math.max(atLeastMs, stepMs * (0.8 + 0.4 * Math.random()))
      stepMs = Math.min(stepMs * 2, mostMs)
      const ends = AbortSignal.any([signal, waking.signal])
      await sleep(ms, undefined, { signal: ends }).catch(() => undefined)
    },
    reset() {
      stepMs = firstMs
    },
    wake() {
      waking.abort()
    },
  }
}
