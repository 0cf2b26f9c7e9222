import type { ApprovalAction } from '@campus-ecode/protocol/approvals'
import type { BillEntry } from '@campus-ecode/protocol/bill'
import type { PriceRule } from '@campus-ecode/protocol/campus'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import type { Payment, Refund } from '@campus-ecode/protocol/payments'
import type { Account, PersonClass } from '@campus-ecode/protocol/shapes'
import type { Transfer } from '@campus-ecode/protocol/wallet'
import type { AccountKind } from './book-accounts.ts'
import type { WayReplyLine, WaySendLine, WaysWorld } from './ways/diary-lines.ts'

/**
 * What happened, as those saw it who took part: one line each, in the order of writing (JSON Lines).
 * A client writes `send` before the first byte leaves and `reply` once it knows, so that a call
 * without a reply was under way when everything ended. Times are milliseconds of the one machine's
 * true clock. No line holds a code, a key or a card number: codes are named by a number.
 */
export type DiaryLine =
  | WorldLine
  | CodeLine
  | SendLine
  | ReplyLine
  | TransferSendLine
  | TransferReplyLine
  | ApprovalLine
  | PhoneSendLine
  | PhoneReplyLine
  | WaySendLine
  | WayReplyLine
  | SnapshotLine
  | DisturbanceLine
  | WitnessLine

/** Who exists, and what they had, before the first call. */
export interface WorldLine {
  line: 'world'
  seed: number
  atMs: number
  schoolId: string
  people: WorldPerson[]
  merchants: { id: string; priceRules: PriceRule[] }[]
  terminals: { id: string; merchantId: string }[]
  /** R23: beyond this at once, or in a day, the phone asks for the payment password; and for so long. */
  passwordAboveFen: number
  passwordDailyFen: number
  passwordWaitMs: number
  /** Where people pay in other ways, whose payments are judged apart. */
  ways: WaysWorld
}

export interface WorldPerson {
  id: string
  class: PersonClass
  walletFen: number
  /** The bank's name for the card that is, or was, bound; null where there never was one. */
  bankAccount: string | null
  /** The one-card system's name for the account, null without one. */
  oneCardAccount: string | null
  singleLimitFen: number
  dailyLimitFen: number
}

/** A code was made, or a card that is swiped in place of codes: it does not expire, and is spent by nothing (R29). */
export interface CodeLine {
  line: 'code'
  atMs: number
  code: number
  personId: string
  account: Account
  /** Its digits are shown, so whoever pays with it is asked for the password (R23). */
  isRevealed: boolean
  /** Issued: lives until expiresAtMs. Device: of this ten-second step, by a phone with a right clock. */
  madeBy:
    | { kind: 'issued'; expiresAtMs: number }
    | { kind: 'device'; deviceId: string; step: number }
    | { kind: 'card' }
}

/**
 * One call about an order: of its terminal, or of the payer's phone (confirm, decline). `call` counts sends;
 * a byte-identical repeat names the call it repeats.
 */
export type SendLine = {
  line: 'send'
  atMs: number
  call: number
  /** Which core process it was sent to. */
  core: string
  terminalId: string
  orderNo: string
  repeats?: number
} & (
  | { verb: 'pay'; listFen: number; code: number }
  | { verb: 'query' | 'reverse' }
  | { verb: 'refund'; refundNo: string; amountFen: number }
  | { verb: 'queryRefund'; refundNo: string }
  | { verb: 'confirm'; paymentId: string; approvalId: string }
  | { verb: 'decline'; paymentId: string }
)
export type Verb = SendLine['verb']

/**
 * `ok`: 2xx with this body. `refused`: 4xx with this error, and nothing has changed by it.
 * `info`: no answer, an unreadable one, or 5xx: anything may have happened.
 */
export type ReplyLine = {
  line: 'reply'
  atMs: number
  call: number
} & (
  | { outcome: 'ok'; payment: Payment }
  | { outcome: 'ok'; refund: Refund }
  | { outcome: 'ok'; entry: BillEntry }
  | { outcome: 'refused'; error: ErrorCode; payment?: Payment }
  | { outcome: 'info'; why: string }
)

/** One call of a person's page about a transfer; `call` counts these alone. */
export type TransferSendLine = {
  line: 'transfer-send'
  atMs: number
  call: number
  core: string
  personId: string
  transferId: string
} & ({ verb: 'top_up' | 'withdrawal'; amountFen: number } | { verb: 'get' })

/** As with orders. */
export type TransferReplyLine = {
  line: 'transfer-reply'
  atMs: number
  call: number
} & (
  | { outcome: 'ok'; transfer: Transfer }
  | { outcome: 'refused'; error: ErrorCode }
  | { outcome: 'info'; why: string }
)

/** Somebody has the keypad before them, and this is what it shows (R16). */
export interface ApprovalLine {
  line: 'approval'
  atMs: number
  approvalId: string
  personId: string
  action: ApprovalAction
  /** Of the order that it would pay; null for other actions, and for one that waits no more. */
  shownFen: number | null
}

/** What somebody does at the keypad, with their card, or about the agreement; `call` counts these alone. */
export type PhoneSendLine = {
  line: 'phone-send'
  atMs: number
  call: number
  core: string
  personId: string
} & (
  | { verb: 'enter'; approvalId: string; isRight: boolean }
  | { verb: 'lock' }
  | { verb: 'unlock'; approvalId: string }
  | { verb: 'sign'; approvalId: string }
  | { verb: 'cancel' }
)

/** As with orders. */
export type PhoneReplyLine = {
  line: 'phone-reply'
  atMs: number
  call: number
} & (
  | { outcome: 'ok' }
  | { outcome: 'refused'; error: ErrorCode }
  | { outcome: 'info'; why: string }
)

/** Fen by account of the books, read in one REPEATABLE READ transaction while the traffic ran. */
export interface SnapshotLine {
  line: 'snapshot'
  atMs: number
  walletsFen: number
  /** Debits and credits of all postings, by kind of account. */
  debitsFen: Record<AccountKind, number>
  creditsFen: Record<AccountKind, number>
}

/** Something was broken on purpose. */
export interface DisturbanceLine {
  line: 'disturbance'
  atMs: number
  what:
    | 'kill-core'
    | 'stop-postgres'
    | 'cut-connections'
    | 'bank-fault'
    | 'one-card-fault'
    | 'utility-fault'
    | 'wechat-fault'
    | 'controller-dies'
    | 'shift-clock'
  detail: string
  /** Kills and clocks: whose. */
  core?: string
  /** Clocks: how far ahead of the true one that core is from now on. */
  aheadMs?: number
}

/** Something that a run must have seen to mean anything, noticed where it happened. */
export interface WitnessLine {
  line: 'witness'
  atMs: number
  /** The core died, or its connection, after PostgreSQL had committed and before the till was answered. */
  saw:
    | 'killed-after-commit'
    | 'cut-after-commit'
    | 'killed-after-confirmation'
    | 'cut-after-confirmation'
    | 'bank-debited-answer-lost'
    | 'bank-paid-out-answer-lost'
  detail: string
}

/** The database after all has healed: rows as PostgreSQL has them, bigints as numbers. */
export interface LedgerDump {
  payers: {
    person_id: string
    wallet_fen: number
    wallet_version: number
    spent_on: string
    spent_fen: number
    daily_limit_fen: number
  }[]
  payments: {
    terminal_id: string
    order_no: string
    payment_id: string
    status: string
    refusal: string | null
    merchant_id: string
    person_id: string | null
    list_fen: number | null
    amount_fen: number | null
    account: string | null
    channel: string | null
    device_id: string | null
    code_id: string | null
    spent_on: string | null
    paid_at: string | null
    refunded_fen: number
    created_at: string
    settled_at: string | null
    /** Set for good on an order that waited for the password. */
    confirm_by: string | null
    /** R29: code, card or face; and under which agreement, if not by a code (R14). */
    means: string | null
    agreement_signed_at: string | null
  }[]
  refunds: {
    terminal_id: string
    order_no: string
    refund_no: string
    /** Also the movement's, where money came back from outside. */
    refund_id: string
    payment_id: string
    amount_fen: number
    status: string
  }[]
  movements: {
    movement_id: string
    kind: string
    port: 'bank' | 'one_card' | 'utility' | 'wechat'
    reference: string
    person_id: string
    amount_fen: number
    state: string
    outcome: string | null
    created_at: string
  }[]
  /** R14: signed and cancelled, in the order of their times, which are taken under the payer's lock. */
  agreements: {
    person_id: string
    change: 'signed' | 'cancelled'
    at: string
  }[]
  /** Of payments. */
  approvals: {
    approval_id: string
    person_id: string
    payment_id: string
    status: string
  }[]
  /** R15: what codes that anyone can copy have taken on a day. */
  static_days: { person_id: string; static_on: string; static_fen: number }[]
  water_sessions: {
    terminal_id: string
    session_no: string
    session_id: string
    person_id: string
    class: PersonClass
    status: string
    hold_fen: number
    fen_per_10_litres: number
    litres_per_minute_max: number
    total_ml: number
    amount_fen: number | null
    ended_by: string | null
    started_at: string
    ended_at: string | null
  }[]
  online_orders: {
    terminal_id: string
    order_no: string
    order_id: string
    list_fen: number
    payment_id: string | null
    closed_at: string | null
  }[]
  utility_top_ups: {
    top_up_id: string
    person_id: string
    account_no: string
    amount_fen: number
    delivery_id: string
  }[]
  postings: {
    transaction_id: string
    kind: string
    debit_account: string
    credit_account: string
    amount_fen: number
    payment_id: string | null
    person_id: string
    wallet_version: number | null
    wallet_fen: number | null
    posted_at: string
  }[]
}

/** What the bank or the one-card system did, by its own journal: money that really moved there. */
export interface OutsideMove {
  port: 'bank' | 'one_card'
  /** Its name for the account. */
  account: string
  reference: string
  /** Positive: taken from the account; negative: given back. */
  amountFen: number
}
