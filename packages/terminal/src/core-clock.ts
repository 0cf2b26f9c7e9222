/**
 * The core's time, as far as we know it: tills lose minutes, and a signature is good for one minute
 * (`created`). Milliseconds since 1970.
 */
export interface CoreClock {
  now(): number
  /** How far the core is ahead of this machine. */
  readonly offsetMs: number
  /** Takes over a reading of the core's clock. */
  learn(reading: ClockReading): void
}

export interface ClockReading {
  serverMs: number
  /** This machine's time before asking and after the answer; the reading lies in between. */
  sentAtMs: number
  receivedAtMs: number
}

export function createCoreClock(machineNow: () => number = Date.now): CoreClock {
  let offsetMs = 0
  /** How exact that is: the time that its answer took. */
  let withinMs = Number.POSITIVE_INFINITY
  return {
    now: () => machineNow() + offsetMs,
    get offsetMs() {
      return offsetMs
    },
    learn({ serverMs, sentAtMs, receivedAtMs }) {
      const least = serverMs - receivedAtMs
      const most = serverMs - sentAtMs
      if (most - least <= withinMs) {
        offsetMs = Math.round((least + most) / 2)
        withinMs = most - least
      } else if (offsetMs < least || offsetMs > most) {
        // An answer that the core held back, or a slow network: it corrects only what it disproves.
        offsetMs = Math.round(Math.min(Math.max(offsetMs, least), most))
        withinMs = most - least
      }
    },
  }
}
