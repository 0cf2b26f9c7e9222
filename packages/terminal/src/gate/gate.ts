import type { Sentences } from '@campus-ecode/protocol/errors'
import type {
  GateSelf,
  GateUpdate,
  Identity,
  ZoneRecordPage,
} from '@campus-ecode/protocol/gate-api'
import type { Answer } from '../answer.ts'
import type { OwnKey, SharedKey } from '../core-key.ts'
import type { TakenDocument } from './gate-documents.ts'
import type { GateWarning } from './gate-warnings.ts'
import type { GateIdentity } from './holdings.ts'
import type { Finding } from './upload-records.ts'
import type { Verdict } from './verify-access.ts'

/** What a gate is set up with. The root key is what it believes; change it by a visit only. */
export interface GateOptions extends GateIdentity {
  /** Where it keeps what must outlast a power cut; its own: createGate throws GateFolderInUse for a second. */
  dir: string
  /** Left out: a gate that never has a network. */
  core?: CoreOptions
  /** R31: an upload has told what the gate could not know. */
  onFinding?: (finding: Finding) => void
  /** Once when it begins; what holds at present stands in `state`. */
  onWarning?: (warning: GateWarning) => void
  /** Faults of ours and of the disk, for a log; never a code or a key. */
  onFault?: (error: unknown) => void
  /** Kept without a network; then the oldest go. 50,000 by default, some 15 MB. */
  recordsMax?: number
  /** This machine's clock and its time since it was started, in ms; for tests. */
  machineNow?: () => number
  uptimeMs?: () => number
}

export type CoreOptions = {
  /** `https://core.bank.example`: scheme, host and port. */
  coreUrl: string
} & (SharedKey | OwnKey)

/** What came of one code: open the door on `opened`, and on nothing else. */
export interface GateReading extends Verdict {
  /** For the gate's display or voice; null when it opened. */
  message: Sentences | null
  /** RFC 3339, by the gate's corrected clock. */
  at: string
  /** Of the record that is uploaded; null where there is none, because no issuer has signed the code. */
  recordId: string | null
}

export interface GateState {
  /** The last attempt to reach the core succeeded. */
  online: boolean
  /** Milliseconds since 1970. */
  lastContactAt: number | null
  /** How far the gate's time is ahead of this machine's clock. */
  clockAheadMs: number
  keys: { seq: number; expires: number } | null
  policy: { seq: number; issued: number } | null
  list: { seq: number; issued: number; count: number } | null
  /** Read, and not uploaded yet. */
  waitingRecords: number
  warnings: GateWarning[]
}

/** A gate: judges codes by itself, and keeps up with the core when there is one. */
export interface Gate {
  /**
   * Judges what a scanner read, untouched. Never asks the network, and comes back once a code that opens
   * is remembered on disk.
   */
  read(text: string): Promise<GateReading>
  /** Takes documents that somebody has brought: the file of `ecode gate-documents`. */
  takeDocuments(file: Omit<GateUpdate, 'serverTime'>): Promise<TakenDocument[]>
  readonly state: GateState
  /** Resolves when the core has answered for the first time, or has not; at once without a core. */
  readonly begun: Promise<void>
  /** Who this gate is to the core. Refuses as the network does, without one: unknown. */
  getGate(): Promise<Answer<GateSelf>>
  /** R5: who an identity code belongs to; needs the permission `identity`, and a network. */
  checkIdentity(code: string): Promise<Answer<Identity>>
  /** The zone's records, newest first; needs the permission `records`, and a network. */
  getZoneRecords(cursor?: string): Promise<Answer<ZoneRecordPage>>
  /** Resolves once all is uploaded, or `patienceMs` are over. @returns What is still waiting. */
  upload(patienceMs: number): Promise<number>
  close(): Promise<void>
}
