import type { CoreClock } from '../core-clock.ts'
import { createContactStore, isSameRun } from './contact-store.ts'
import { createSteadyTime, systemUptimeMs } from './steady-time.ts'

/** The gate's time: the core's, as far as we know it. Milliseconds since 1970. */
export interface GateClock {
  now(): number
  /** This machine's time without its jumps: what the core's clock is compared with. */
  steadyNow(): number
  /** From now on this is what we know of the core's clock. */
  follow(coreClock: CoreClock): void
  /** How far this time is ahead of the machine's clock. */
  readonly aheadMs: number
  /** null: never, as far as the disk knows. */
  readonly lastContactAt: number | null
  /** The core has just told the time. */
  noteContact(): Promise<void>
}

export interface ClockSources {
  machineNow?: (() => number) | undefined
  uptimeMs?: (() => number) | undefined
}

export async function openGateClock(dir: string, sources: ClockSources): Promise<GateClock> {
  const { machineNow = Date.now, uptimeMs = systemUptimeMs } = sources
  const store = createContactStore(dir)
  let contact = await store.load()
  const bootMs = () => machineNow() - uptimeMs()
  // The core's time has gone on counting while the process was away, if the machine ran on.
  const heldAheadMs = contact && isSameRun(contact, bootMs()) ? contact.aheadMs : undefined
  const steady = createSteadyTime({ machineNow, uptimeMs, heldAheadMs })
  let coreClock: CoreClock | undefined
  const now = () => steady.now() + (coreClock?.offsetMs ?? 0)
  const aheadMs = () => steady.aheadMs + (coreClock?.offsetMs ?? 0)
  return {
    now,
    steadyNow: steady.now,
    follow(followed) {
      coreClock = followed
    },
    get aheadMs() {
      return aheadMs()
    },
    get lastContactAt() {
      return contact?.at ?? null
    },
    async noteContact() {
      steady.hold()
      contact = { at: now(), aheadMs: aheadMs(), bootMs: bootMs() }
      await store.save(contact)
    },
  }
}
