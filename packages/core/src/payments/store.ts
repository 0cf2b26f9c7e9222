import { describeError, type ErrorCode } from '@campus-ecode/protocol/errors'
import type { AppliedRule, Payment, PaymentStatus, Refund } from '@campus-ecode/protocol/payments'
import type { Account, Channel, PayMeans, PersonClass } from '@campus-ecode/protocol/shapes'
import { prepare, type Queryable, type Tx } from '../db/database.ts'
import { isForeign } from '../foreign-codes/foreign-codes.ts'

/** Of an order, what its terminal is told. */
export interface PaymentView {
  order_no: string
  payment_id: string
  status: PaymentStatus
  refusal: ErrorCode | null
  class: PersonClass | null
  masked_name: string | null
  list_fen: number | null
  amount_fen: number | null
  rule: AppliedRule | null
  means: PayMeans | null
  channel: Channel | null
  paid_at: Date | null
  settled_at: Date | null
  refunded_fen: number
  created_at: Date
  /** Of a payer who is asked for a password: refused after this. */
  confirm_by: Date | null
}

export interface PaymentRow extends PaymentView {
  school_id: string
  terminal_id: string
  content_hash: Buffer | null
  merchant_id: string
  person_id: string | null
  account: Account | null
  bank_card_id: string | null
  device_id: string | null
  code_id: string | null
  spent_on: string | null
}

/** A terminal's order. */
export interface OrderKey {
  schoolId: string
  terminalId: string
  orderNo: string
}

const select = prepare<PaymentRow>(
  'select * from payments where school_id = $1 and terminal_id = $2 and order_no = $3',
)
const selectForUpdate = prepare<PaymentRow>(
  'select * from payments where school_id = $1 and terminal_id = $2 and order_no = $3 for update',
)
const selectByIdForUpdate = prepare<PaymentRow & { overdue: boolean }>(
  `select *, coalesce(confirm_by < now(), false) as overdue
     from payments where school_id = $1 and payment_id = $2 for update`,
)

export async function findPayment(on: Queryable, key: OrderKey): Promise<PaymentRow | undefined> {
  return (await select(on, [key.schoolId, key.terminalId, key.orderNo]))[0]
}

/** Locks an existing order. Lock order everywhere: payment, then payer. */
export async function lockPayment(tx: Tx, key: OrderKey): Promise<PaymentRow | undefined> {
  return (await selectForUpdate(tx, [key.schoolId, key.terminalId, key.orderNo]))[0]
}

/** `overdue`: the time for the password has passed (R23). */
export async function lockPaymentById(
  tx: Tx,
  schoolId: string,
  paymentId: string,
): Promise<(PaymentRow & { overdue: boolean }) | undefined> {
  return (await selectByIdForUpdate(tx, [schoolId, paymentId]))[0]
}

const insertTombstoneRow = prepare(
  `insert into payments (school_id, terminal_id, order_no, payment_id, status, merchant_id, settled_at)
   values ($1, $2, $3, $4, 'REVERSED', $5, now())
   on conflict do nothing`,
)

/** Reversed before it arrived: the order can never be paid (R33). Does nothing if it exists. */
export async function insertTombstone(
  tx: Tx,
  key: OrderKey,
  paymentId: string,
  merchantId: string,
): Promise<void> {
  await insertTombstoneRow(tx, [key.schoolId, key.terminalId, key.orderNo, paymentId, merchantId])
}

const updateStatus = prepare(
  `update payments
      set status = $3, refusal = $4,
          paid_at = case when $3 = 'PAID' then now() else paid_at end,
          settled_at = case when $3 in ('PAID', 'REFUSED', 'REVERSED') then now() else settled_at end
    where school_id = $1 and payment_id = $2`,
)

export async function setPaymentStatus(
  tx: Tx,
  row: PaymentRow,
  status: PaymentStatus,
  refusal: ErrorCode | null = null,
): Promise<void> {
  await updateStatus(tx, [row.school_id, row.payment_id, status, refusal])
}

const setSource = prepare(
  `update payments set channel = $3, bank_card_id = $4 where school_id = $1 and payment_id = $2`,
)

/** Where the money of an order that waited for the password comes from after all (R13). */
export async function setPaymentSource(
  tx: Tx,
  row: PaymentRow,
  source: { channel: Channel; bankCardId?: string },
): Promise<void> {
  await setSource(tx, [row.school_id, row.payment_id, source.channel, source.bankCardId ?? null])
}

const selectOverdue = prepare<{ school_id: string; payment_id: string }>(
  `select school_id, payment_id from payments
    where status = 'AWAITING_PASSWORD' and confirm_by < now() order by confirm_by limit $1`,
)

/** Orders whose payer let the time for the password pass. */
export async function findOverduePayments(on: Queryable, countMax: number) {
  return selectOverdue(on, [countMax])
}

const addRefunded = prepare(
  `update payments set refunded_fen = refunded_fen + $3 where school_id = $1 and payment_id = $2`,
)

/** Reserves part of a payment for a refund; a check constraint keeps the sum within the payment. */
export async function addRefundedFen(tx: Tx, row: PaymentRow, amountFen: number): Promise<void> {
  await addRefunded(tx, [row.school_id, row.payment_id, amountFen])
}

const liftStep = prepare(
  `update devices set last_step = greatest(last_step, $3)
    where school_id = $1 and device_id = $2`,
)

const revokeShown = prepare(
  `update issued_codes set revoked_at = now()
    where school_id = $1 and person_id = $2 and used_at is null and revoked_at is null`,
)

/**
 * R18: after a success the codes still on display die too.
 *
 * @param presentStep By the clock that codes are checked with: another one's could end codes to come.
 */
export async function spendShownCodes(tx: Tx, row: PaymentRow, presentStep: number): Promise<void> {
  if (row.device_id) await liftStep(tx, [row.school_id, row.device_id, presentStep])
  if (row.code_id) await revokeShown(tx, [row.school_id, row.person_id])
}

export interface RefundRow {
  school_id: string
  terminal_id: string
  order_no: string
  refund_no: string
  refund_id: string
  payment_id: string
  person_id: string
  amount_fen: number
  status: Refund['status']
  created_at: Date
  settled_at: Date | null
}

const selectRefund = prepare<RefundRow>(
  `select * from refunds
    where school_id = $1 and terminal_id = $2 and order_no = $3 and refund_no = $4`,
)

export async function findRefund(
  on: Queryable,
  key: OrderKey,
  refundNo: string,
): Promise<RefundRow | undefined> {
  return (await selectRefund(on, [key.schoolId, key.terminalId, key.orderNo, refundNo]))[0]
}

const insertRefundRow = prepare<RefundRow>(
  `insert into refunds (school_id, terminal_id, order_no, refund_no, refund_id, payment_id, person_id,
                        amount_fen, status, settled_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, case when $9 = 'REFUNDED' then now() end)
   returning *`,
)

export async function insertRefund(
  tx: Tx,
  refund: Omit<RefundRow, 'created_at' | 'settled_at'>,
): Promise<RefundRow> {
  const [row] = await insertRefundRow(tx, [
    refund.school_id,
    refund.terminal_id,
    refund.order_no,
    refund.refund_no,
    refund.refund_id,
    refund.payment_id,
    refund.person_id,
    refund.amount_fen,
    refund.status,
  ])
  if (!row) throw new Error('the refund was not written')
  return row
}

const settleRefundRow = prepare<RefundRow>(
  `update refunds set status = $3, settled_at = now()
    where school_id = $1 and refund_id = $2 and status = 'PROCESSING'
   returning *`,
)

/** @returns undefined when it was settled before. */
export async function settleRefund(
  tx: Tx,
  schoolId: string,
  refundId: string,
  status: 'REFUNDED' | 'DECLINED',
): Promise<RefundRow | undefined> {
  return (await settleRefundRow(tx, [schoolId, refundId, status]))[0]
}

/** An order as its terminal sees it. */
export function toPayment(row: PaymentView): Payment {
  return {
    orderNo: row.order_no,
    paymentId: row.payment_id,
    status: row.status,
    listFen: row.list_fen,
    amountFen: row.amount_fen,
    rule: row.rule,
    payer: row.class && row.masked_name ? { class: row.class, maskedName: row.masked_name } : null,
    means: row.means,
    channel: row.paid_at ? row.channel : null,
    refundedFen: row.refunded_fen,
    refusal: row.refusal && {
      code: row.refusal,
      message: describeError(row.refusal).sentences,
    },
    createdAt: row.created_at.toISOString(),
    settledAt: row.settled_at?.toISOString() ?? null,
    confirmBy: (isWaiting(row) && row.confirm_by?.toISOString()) || null,
  }
}

/** For the payer's password: ours (R23), or another system's (R27). */
function isWaiting({ status, means }: PaymentView): boolean {
  const isOpen = status === 'PROCESSING' || status === 'UNKNOWN'
  return status === 'AWAITING_PASSWORD' || (isOpen && isForeign(means))
}

export function toRefund(row: RefundRow, channel: Channel): Refund {
  return {
    orderNo: row.order_no,
    refundNo: row.refund_no,
    status: row.status,
    amountFen: row.amount_fen,
    channel,
    createdAt: row.created_at.toISOString(),
    settledAt: row.settled_at?.toISOString() ?? null,
  }
}
