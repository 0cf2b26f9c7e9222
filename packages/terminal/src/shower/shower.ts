import type { WaterSession } from '@campus-ecode/protocol/water'
import type { Refused } from '../answer.ts'
import type { WaterCalls } from './water-calls.ts'

/** The magnetic valve. It must be one that shuts by itself when the power goes. */
export interface Valve {
  open(): void
  shut(): void
}

export interface ShowerOptions {
  /** Where it keeps what must outlast a power cut; of one process. */
  dir: string
  /** Of createWaterCalls(). The shower closes them. */
  calls: WaterCalls
  valve: Valve
  /** After every change; to draw the display. */
  onChange?: (state: ShowerState) => void
  /** Faults of ours and of the disk, for a log; never a password. The valve is shut by then. */
  onFault?: (error: unknown) => void
  /** How often a reading is sent while a session runs; 3 s by default. */
  reportEveryMs?: number
  /** How long a session may stand without a drop before it is ended; 120 s by default. */
  restMsMax?: number
}

/**
 * - `idle` nothing runs.
 * - `starting` the core is asked.
 * - `running` metering; the valve may be open or shut (soap, or after a power cut).
 * - `ending` shut for good; the core is told until it has answered.
 */
export type ShowerPhase = 'idle' | 'starting' | 'running' | 'ending'

export interface ShowerState {
  phase: ShowerPhase
  isOpen: boolean
  /** By this meter, since the session's start. */
  totalMl: number
  /** As the core said last; when idle, the one that ended. */
  session: WaterSession | null
  /** The last call was answered. */
  online: boolean
}

/**
 * - `running` the valve is open.
 * - `refused` nothing moved; `message` is for the display.
 * - `unknown` no answer in time: the valve stays shut, and whatever came of it is undone.
 * - `busy` a session runs, or the core has yet to learn that one has ended.
 */
export type StartOutcome =
  | { kind: 'running'; session: WaterSession }
  | Pick<Refused, 'kind' | 'code' | 'message' | 'retryAfterSeconds'>
  | { kind: 'unknown' }
  | { kind: 'busy' }

/** A shower: lets water flow on a hold, meters it, and settles, whatever plug is pulled (R26). */
export interface Shower {
  readonly state: ShowerState
  /** Bath number and water password, as they were typed. Keeps neither. */
  start(bathNo: string, waterPassword: string): Promise<StartOutcome>
  /**
   * Water has flowed: to be called for each pulse of the meter, which may be 2.222 ml. Less than nothing, or no
   * number, shuts the valve and throws RangeError.
   */
  flow(ml: number): void
  /** Lets water flow (again). @returns false unless a session runs and the core has confirmed it. */
  open(): boolean
  /** A pause, for soap. */
  shut(): void
  /** Ends the session. @returns It as the core settled it; undefined while the core has not answered. */
  stop(): Promise<WaterSession | undefined>
  /** Shuts the valve and stops asking; what runs is resumed by the next createShower(). */
  close(): Promise<void>
}
