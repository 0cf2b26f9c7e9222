import type { terminalRoutes } from '@campus-ecode/protocol/core-api'
import type { Channel } from '@campus-ecode/protocol/shapes'
import { inTransaction, type Tx } from '../db/database.ts'
import { insertEvent } from '../events/insert-event.ts'
import { whyNotRefunded } from '../foreign-codes/takes-back.ts'
import {
  type Answer,
  type Context,
  type Refusal,
  refuse,
  type Services,
  type TerminalCaller,
} from '../http/operation.ts'
import { accountNames, creditWallet, insertPosting } from '../ledger/store.ts'
import { driveMovement } from '../movements/drive-movement.ts'
import { insertMovement, referenceOfDebit } from '../movements/store.ts'
import { tellOrderRefunded } from '../orders/tell-merchant.ts'
import {
  addRefundedFen,
  findRefund,
  insertRefund,
  lockPayment,
  type OrderKey,
  type PaymentRow,
  type RefundRow,
  toRefund,
} from './store.ts'

/**
 * Returns part or all of a paid order to where it came from, once per refund number (R33).
 *
 * Refuses: ORDER_NOT_FOUND, ORDER_NOT_PAID, REFUND_NO_REUSED, REFUND_EXCEEDS_PAYMENT,
 * REFUND_DECLINED.
 */
export async function refund(
  ctx: Context<typeof terminalRoutes.refund, TerminalCaller>,
): Promise<Answer<typeof terminalRoutes.refund> | Refusal> {
  const { services, caller, body } = ctx
  const order: OrderKey = { ...caller, orderNo: ctx.params.orderNo }
  const begun = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    return beginRefund(tx, services, order, body)
  })
  if ('refused' in begun) return begun
  const { row, channel } = await driveRefund(services, order, begun)
  return answer(row, channel)
}

/** A refund as it was written, now or before. */
export interface BegunRefund {
  row: RefundRow
  channel: Channel
  fresh: boolean
}

/** Reserves and writes a refund in the caller's transaction; `driveRefund` is called after its commit. */
export async function beginRefund(
  tx: Tx,
  services: Services,
  order: OrderKey,
  { refundNo, amountFen }: { refundNo: string; amountFen: number },
): Promise<BegunRefund | Refusal> {
  // The payment's row is the lock for all its refunds.
  const payment = await lockPayment(tx, order)
  if (!payment) return refuse('ORDER_NOT_FOUND')
  const channel = payment.channel
  const before = await findRefund(tx, order, refundNo)
  if (before && channel) {
    if (before.amount_fen !== amountFen) return refuse('REFUND_NO_REUSED')
    return { row: before, channel, fresh: false }
  }
  if (payment.status !== 'PAID' || !channel) return refuse('ORDER_NOT_PAID')
  if (payment.refunded_fen + amountFen > (payment.amount_fen ?? 0)) {
    return refuse('REFUND_EXCEEDS_PAYMENT')
  }
  const over = await whyNotRefunded(services, tx, payment)
  if (over) return refuse(over)
  await addRefundedFen(tx, payment, amountFen)
  const row = await writeRefund(services, tx, payment, channel, { refundNo, amountFen })
  return { row, channel, fresh: true }
}

/** Tells the person, and asks the outside system once where it is its money. */
export async function driveRefund(
  services: Services,
  order: OrderKey,
  { row, channel, fresh }: BegunRefund,
): Promise<{ row: RefundRow; channel: Channel }> {
  if (fresh) services.wakeEvents()
  if (row.status !== 'PROCESSING') return { row, channel }
  await driveMovement(services, order.schoolId, row.refund_id)
  const now = await findRefund(services.db.pool, order, row.refund_no)
  return { row: now ?? row, channel }
}

function answer(row: RefundRow, channel: Channel): Answer<typeof terminalRoutes.refund> | Refusal {
  if (row.status === 'DECLINED') return refuse('REFUND_DECLINED')
  return { status: row.status === 'REFUNDED' ? 200 : 202, body: toRefund(row, channel) }
}

/** Of an amount that was reserved for it; returned at once, or by a movement to be driven. */
export async function writeRefund(
  services: Services,
  tx: Tx,
  payment: PaymentRow,
  channel: Channel,
  { refundNo, amountFen }: { refundNo: string; amountFen: number },
): Promise<RefundRow> {
  const { school_id: schoolId, person_id: personId } = payment
  if (!personId) throw new Error('a paid order lacks its payer')
  const row = await insertRefund(tx, {
    school_id: schoolId,
    terminal_id: payment.terminal_id,
    order_no: payment.order_no,
    refund_no: refundNo,
    refund_id: services.newId(),
    payment_id: payment.payment_id,
    person_id: personId,
    amount_fen: amountFen,
    status: channel === 'wallet' ? 'REFUNDED' : 'PROCESSING',
  })
  if (channel !== 'wallet') {
    const port = channel === 'bank_card' ? 'bank' : channel
    const isNew = await insertMovement(tx, {
      school_id: schoolId,
      movement_id: row.refund_id,
      kind: 'refund',
      port,
      reference: `refund-${row.refund_id}`,
      debit_reference: referenceOfDebit(port, payment.payment_id),
      person_id: personId,
      bank_card_id: payment.bank_card_id,
      amount_fen: amountFen,
    })
    if (!isNew) throw new Error('the id of a movement is taken')
    return row
  }
  await insertPosting(tx, {
    schoolId,
    transactionId: services.newId(),
    kind: 'refund',
    debitAccount: accountNames.merchant(payment.merchant_id),
    creditAccount: accountNames.wallet(personId),
    amountFen,
    paymentId: payment.payment_id,
    personId,
    wallet: await creditWallet(tx, schoolId, personId, amountFen),
  })
  await insertEvent(tx, {
    schoolId,
    personId,
    eventId: services.newId(),
    kind: 'refund',
    refundId: row.refund_id,
  })
  await tellOrderRefunded(tx, payment, row)
  return row
}
