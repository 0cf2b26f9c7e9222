import type { Accounts } from '@campus-ecode/protocol/accounts'
import type { BillEntry, BillFilter, BillPage } from '@campus-ecode/protocol/bill'
import type { Card } from '@campus-ecode/protocol/card'
import type { OfflineCaps } from '@campus-ecode/protocol/devices'
import type { ErrorCode, Sentences } from '@campus-ecode/protocol/errors'
import type { Account } from '@campus-ecode/protocol/shapes'
import type { AccessModel } from './access-model.ts'
import type { Cell } from './cell.ts'
import type { HostModel } from './host-model.ts'
import type { WalletModel } from './wallet-model.ts'
import type { WaysModel } from './ways-model.ts'

/**
 * What the screens draw and what they may ask for. `engine/` makes it, `screens/` shows it; neither
 * imports the other. All instants are milliseconds of the server's clock (`now()` gives the same).
 */
export interface Model {
  readonly session: Cell<SessionState>
  readonly online: Cell<boolean>
  readonly card: Cell<Loadable<Card>>
  readonly accounts: Cell<Loadable<Accounts>>
  readonly pay: Cell<PayState>
  readonly enrolment: Cell<EnrolmentState>
  readonly bill: Cell<Loadable<OpenBill>>
  /** The wallet, once its part has come (`Chunks.wallet`). */
  readonly wallet: Cell<WalletModel | undefined>
  /** Access codes, once their part has come (`Chunks.access`). */
  readonly access: Cell<AccessModel | undefined>
  /** The other ways to pay, once their part has come. */
  readonly ways: Cell<WaysModel | undefined>
  /** The page around the widget, once its part has come. */
  readonly host: Cell<HostModel | undefined>
  /** The person is back from the keypad at top level or a face check: the wallet goes on. */
  readonly returned: boolean
  /** Server time in milliseconds, whatever the phone's clock says. */
  now(): number

  /** Fetches card and accounts again; never throws, the cells tell. */
  refresh(): Promise<void>
  claimCard(): Promise<void>
  revealCardNumber(): Promise<string | undefined>
  /** A pay screen is on display: draw codes, rotate them, listen. Returns how to stop. */
  showPay(): () => void
  refreshCode(): void
  chooseAccount(account: Account): void
  setRevealed(revealed: boolean): void
  /** Leaves a result and draws the next code. */
  nextCode(): void
  startEnrolment(): Promise<void>
  confirmEnrolment(proof: EnrolmentProof): Promise<void>
  dismissEnrolment(): void
  /** Opens a month, or part of one. What `bill` holds of the month stays until the part has come: see `filter`. */
  openBill(choice: BillChoice): void
  moreBill(): void
  /** After the host's provider failed: try it again. */
  renewSession(): void
}

/** R17: which month, and which part of it. */
export interface BillChoice extends BillFilter {
  month: string
}

/** What has come of a month so far, and what it was narrowed to. */
export interface OpenBill extends BillPage {
  outFen: number
  inFen: number
  filter: BillFilter
}

export type SessionState =
  | { kind: 'opening' }
  /** `scopes` as the host passed them on, which may be anything. */
  | { kind: 'open'; scopes?: unknown }
  | { kind: 'lost'; problem: ShownProblem }
  | { kind: 'signed_out' }

/** Something went wrong, in words. `sentences` is absent where the page's own copy says it better. */
export interface ShownProblem {
  code: ErrorCode
  sentences?: Sentences
  requestId?: string
  /** What the host's own function threw. */
  cause?: unknown
}

/** A value that came from the network: the last good one stays while a newer is fetched or fails. */
export interface Loadable<T> {
  value?: T
  /** When `value` was fetched. */
  at?: number
  loading: boolean
  problem?: ShownProblem
}

/** How something ended. `cancelled`: the person thought better of it; nothing happened. */
export type Done<T = unknown> =
  | { kind: 'done'; value: T }
  | { kind: 'refused'; problem: ShownProblem }
  | { kind: 'cancelled' }

export type PayState =
  | { kind: 'loading' }
  | ShownCode
  /** The scan had an outcome; `entry.status` tells which (PAID, REFUSED, PROCESSING, UNKNOWN, REVERSED). */
  | { kind: 'result'; entry: BillEntry; at: number }
  /** No code can be drawn: card locked or not claimed, account not open, engine too old, no network and no key … */
  | { kind: 'blocked'; problem: ShownProblem; account: Account }
  /** The page is hidden; nothing is drawn. */
  | { kind: 'hidden' }

export interface ShownCode {
  kind: 'code'
  /** 24 digits; drawn, never written anywhere else. */
  digits: string
  /** Made by this phone, or by the core because the phone has no key. */
  source: 'device' | 'issued'
  account: Account
  revealed: boolean
  drawnAt: number
  /** The next one takes its place here: at most 50 s after `drawnAt`. */
  refreshAt: number
  /** Raised by one at each replacement, so that screen readers can be told. */
  serial: number
  /** Set while the core has not been reached for ten minutes: what a code may pay until then. */
  offlineCaps?: OfflineCaps
}

export type EnrolmentState =
  /** No key on this phone, and it could have one. */
  | { kind: 'offered' }
  /** Enrolled, or this engine cannot keep a key (`canEnrol` false). */
  | { kind: 'none'; canEnrol: boolean }
  | { kind: 'sending' }
  | { kind: 'sent'; phoneTail: string; resendAt: number; problem?: ShownProblem }
  /** No SMS was sent: the payment password approves (R16). */
  | { kind: 'password'; enrolmentId: string; problem?: ShownProblem }
  /** `phoneTail` is null where the password approves. */
  | { kind: 'confirming'; phoneTail: string | null }
  | { kind: 'failed'; problem: ShownProblem }
  | { kind: 'done' }

/** What confirms an enrolment: the six digits of the SMS, or an approval by the payment password. */
export type EnrolmentProof = { smsCode: string } | { approvalId: string }
