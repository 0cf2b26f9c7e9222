import os from 'node:os'

/**
 * Time that a change of this machine's clock does not move, once it is known to be right: a gate whose
 * clock jumps back would let in yesterday's codes. Milliseconds since 1970.
 */
export interface SteadyTime {
  now(): number
  /** From now on the machine's clock is not followed any more: the core has told the time. */
  hold(): void
  /** How far this time is ahead of the machine's clock. */
  readonly aheadMs: number
}

export interface SteadyTimeOptions {
  machineNow?: (() => number) | undefined
  /** Time since the machine was started, sleep included. */
  uptimeMs?: (() => number) | undefined
  /** How far ahead of the machine's clock to begin, held. */
  heldAheadMs?: number | undefined
}

/** What the operating system's counter is coarser than (macOS: a second). */
const JUMP_MS = 2_000

export function createSteadyTime(options: SteadyTimeOptions = {}): SteadyTime {
  const { machineNow = Date.now, uptimeMs = systemUptimeMs, heldAheadMs } = options
  let isHeld = heldAheadMs !== undefined
  let begun = { atMs: machineNow() + (heldAheadMs ?? 0), uptimeMs: uptimeMs() }
  let aheadMs = heldAheadMs ?? 0

  function now(): number {
    const steadyMs = begun.atMs + uptimeMs() - begun.uptimeMs
    const jumpMs = machineNow() - steadyMs + aheadMs
    if (Math.abs(jumpMs) <= JUMP_MS) return steadyMs
    if (isHeld) {
      aheadMs -= jumpMs
      return steadyMs
    }
    // Whoever sets the clock of a gate that nobody else tells the time is believed.
    begun = { atMs: machineNow(), uptimeMs: uptimeMs() }
    return begun.atMs
  }

  return {
    now,
    hold() {
      isHeld = true
    },
    get aheadMs() {
      return aheadMs
    },
  }
}

export function systemUptimeMs(): number {
  return os.uptime() * 1000
}
