/** A jump of the estimate by more than this makes a code on display doubtful. */
export const SHIFT_MS = 1500

/** The server's clock as far as this phone knows it. */
export interface ServerClock {
  /** Milliseconds since the epoch by the server's clock. */
  now(): number
  /** False until an answer of the server has been seen. */
  readonly synced: boolean
  /** What to add to the phone's clock. */
  readonly offsetMs: number
  /**
   * Learns from a time stamp that the server made between two moments of the phone's clock.
   *
   * @param precisionMs What the stamp rounds down to: 1000 for an HTTP `date`.
   */
  observe(serverMs: number, sentAt: number, receivedAt: number, precisionMs: number): void
  /** Takes an earlier visit's estimate until the server has spoken. */
  assume(offsetMs: number): void
  /** Called after the estimate has jumped. */
  onShift(listener: () => void): () => void
}

/**
 * Follows the wall clock, because `performance.now()` stands still while some phones sleep.
 *
 * Each stamp says between which two values the offset lies; an estimate inside stays as it is, so
 * that slow answers and whole seconds do not make it tremble (Cristian's algorithm, kept as bounds).
 */
export function createClock(): ServerClock {
  let offset = 0
  let synced = false
  const listeners = new Set<() => void>()
  return {
    now: () => Date.now() + offset,
    get synced() {
      return synced
    },
    get offsetMs() {
      return offset
    },
    observe(serverMs, sentAt, receivedAt, precisionMs) {
      // A clock that was set between question and answer says nothing.
      if (!Number.isFinite(serverMs) || receivedAt < sentAt) return
      const before = offset
      offset = Math.min(Math.max(offset, serverMs - receivedAt), serverMs + precisionMs - sentAt)
      synced = true
      if (Math.abs(offset - before) > SHIFT_MS) for (const listener of [...listeners]) listener()
    },
    assume(offsetMs) {
      if (!synced) offset = offsetMs
    },
    onShift(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
