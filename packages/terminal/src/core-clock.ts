/**
 * The core's time, as far as we know it: tills lose minutes, and a signature is good for one minute
 * (`created`). Milliseconds since 1970.
 */
export interface CoreClock {
  now(): number
  /** How far the core is ahead of this machine. */
  readonly offsetMs: number
  /** Takes over a reading of the core's clock. Returns a function that takes it back. */
  learn(reading: ClockReading): () => void
}

export interface ClockReading {
  serverMs: number
  /** This machine's time before asking and after the answer; the reading lies in between. */
  sentAtMs: number
  receivedAtMs: number
}

export function createCoreClock(machineNow: () => number = Date.now): CoreClock {
  let offsetMs = 0
  return {
    now: () => machineNow() + offsetMs,
    get offsetMs() {
      return offsetMs
    },
    learn({ serverMs, sentAtMs, receivedAtMs }) {
      const before = offsetMs
      offsetMs = Math.round(serverMs - (sentAtMs + receivedAtMs) / 2)
      return () => {
        offsetMs = before
      }
    },
  }
}
