import type {
  AccessContext,
  AccessOverview,
  AccessRecordPage,
  Gathering,
  GatheringList,
  GatheringRecords,
  LockReach,
} from '@campus-ecode/protocol/access'
import type { AccessPurpose } from '@campus-ecode/protocol/access-code'
import type { AccessRefusal } from '@campus-ecode/protocol/access-refusals'
import type { PersonClass } from '@campus-ecode/protocol/shapes'
import type { Cell } from './cell.ts'
import type { Done, Loadable, ShownProblem } from './model.ts'

/** What the access screens draw and may ask for. `engine/access/` makes it, `screens/access/` shows it. */
export interface AccessModel {
  readonly overview: Cell<Loadable<AccessOverview>>
  readonly code: Cell<AccessState>
  /** What a gate said last; gone after a while. */
  readonly news: Cell<GateNews | undefined>
  readonly identity: Cell<IdentityState>
  /** R32: how far the last lock has reached; null: to all gates; undefined: not known. */
  readonly reach: Cell<LockReach | null | undefined>
  readonly records: Cell<Loadable<AccessRecordPage>>
  readonly gatherings: Cell<Loadable<GatheringList>>
  /** The gathering that is open, and who has signed in. */
  readonly attendance: Cell<Loadable<GatheringRecords>>

  /** The access code is on display: draw it, sign it anew, listen. Returns how to stop. */
  show(): () => void
  /** How far a lock has reached is on display: ask until all gates know. Returns how to stop. */
  watchReach(): () => void
  load(): Promise<void>
  choose(scene: Scene): void
  /** R42: agrees that gates record when and where; the first credential comes with it. */
  agree(): Promise<void>
  /** Leaves a result, or tries again what did not work. */
  next(): void

  /** The identity code is on display. Returns how to stop. */
  showIdentity(): () => void
  refreshIdentity(): void

  loadRecords(): Promise<void>
  moreRecords(): Promise<void>

  loadGatherings(): Promise<void>
  /** Trying again with the same draft opens it only once. */
  startGathering(draft: GatheringDraft): Promise<Done<Gathering>>
  /** Who has signed in is on display: ask as long as it runs. Returns how to stop. */
  showAttendance(gatheringId: string): () => void
  loadAttendance(): Promise<void>
  endGathering(gatheringId: string): Promise<Done<Gathering>>

  /**
   * The person signs out: nothing is drawn or kept any more.
   *
   * @returns The credential's id, if there is one.
   */
  end(): string | undefined
}

/** What a code is shown for. */
export type Scene = Pick<AccessContext, 'purpose' | 'context'>

export type AccessState =
  | { kind: 'loading' }
  | ShownAccess
  /** What the gate said, in the code's place for three seconds. */
  | { kind: 'result'; news: GateNews }
  /** R42: gates record when and where, which is agreed to first. The words come with `consents`. */
  | ConsentAsked
  /** No policy of the school lets this person in anywhere, by what is known. */
  | { kind: 'nowhere' }
  | { kind: 'blocked'; problem: ShownProblem }
  /** The page is hidden; nothing is drawn. */
  | { kind: 'hidden' }

export interface ShownAccess {
  kind: 'code'
  /** Drawn, never written anywhere else. */
  text: string
  scene: Scene
  /** Server's milliseconds, whole ten seconds. */
  shownAt: number
  /** The next takes its place here. */
  refreshAt: number
  /** The credential ends; until then no network is needed. */
  endsAt: number
  serial: number
}

export interface ConsentAsked {
  kind: 'consent'
  what: { 'zh-CN': string; en: string } | undefined
  busy: boolean
  problem?: ShownProblem
}

export interface GateNews {
  recordId: string
  gateName: string
  purpose: AccessPurpose | null
  result: 'opened' | 'refused'
  refusal: AccessRefusal | null
  /** When, by the gate's clock. */
  at: string
}

export type IdentityState =
  | { kind: 'loading' }
  | { kind: 'code'; digits: string; drawnAt: number; refreshAt: number; serial: number }
  | { kind: 'blocked'; problem: ShownProblem }
  | { kind: 'hidden' }

export interface GatheringDraft {
  purpose: Gathering['purpose']
  title: string
  zone: string
  minutes: number
  classes: PersonClass[]
  groups: string[]
}
