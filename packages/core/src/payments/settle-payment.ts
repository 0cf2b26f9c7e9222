import type { ErrorCode } from '@campus-ecode/protocol/errors'
import { oneTimeStep } from '@campus-ecode/protocol/one-time'
import { inTransaction, type Tx } from '../db/database.ts'
import { insertEvent, type LowBalance } from '../events/insert-event.ts'
import type { Services } from '../http/operation.ts'
import { accountNames, giveBackAllowance, insertPosting } from '../ledger/store.ts'
import { closeMovement, lockMovement, type Movement } from '../movements/store.ts'
import { tellOrderPaid, tellOrderRefunded } from '../orders/tell-merchant.ts'
import { startDelivery } from '../utilities/deliver-top-up.ts'
import {
  addRefundedFen,
  lockPaymentById,
  type PaymentRow,
  setPaymentStatus,
  settleRefund,
  spendShownCodes,
} from './store.ts'

/** Whether a terminal has asked meanwhile for this debit to be undone. */
export async function wantsReversal(services: Services, movement: Movement): Promise<boolean> {
  if (movement.kind !== 'debit') return false
  return inTransaction(services.db.pool, async (tx) => {
    const payment = await lockPayment(tx, movement)
    return payment.status === 'REVERSING'
  })
}

/**
 * The outside system has decided: the payment is paid, or refused for `refusal`. A payment that is
 * being reversed stays so; the reversal is what settles it.
 *
 * @param unsent The first attempt did not leave the house. That decides it only if nobody has tried
 * since: the worker takes over a movement whose maker was held up for long.
 */
export async function settleDebit(
  services: Services,
  movement: Movement,
  { refusal, unsent = false }: { refusal: ErrorCode | undefined; unsent?: boolean },
): Promise<void> {
  await inTransaction(services.db.pool, async (tx) => {
    const payment = await lockPayment(tx, movement)
    if (payment.status !== 'PROCESSING' && payment.status !== 'UNKNOWN') return
    if (unsent) {
      const now = await lockMovement(tx, movement.school_id, movement.movement_id)
      if (now?.attempt_count !== movement.attempt_count) return
    }
    if (refusal) {
      await refusePayment(services, tx, payment, refusal)
      await closeMovement(tx, movement.school_id, movement.movement_id, 'declined')
    } else {
      await setPaymentStatus(tx, payment, 'PAID')
      await insertPosting(tx, {
        schoolId: movement.school_id,
        transactionId: services.newId(),
        kind: 'payment',
        debitAccount: accountNames.clearing(movement.port),
        creditAccount: accountNames.merchant(payment.merchant_id),
        amountFen: movement.amount_fen,
        paymentId: payment.payment_id,
        personId: movement.person_id,
      })
      await spendShownCodes(tx, payment, oneTimeStep(services.now() / 1000))
      await closeMovement(tx, movement.school_id, movement.movement_id, 'succeeded')
      await startDelivery(tx, payment)
      await tellPayment(services, tx, payment)
      await tellOrderPaid(tx, payment)
    }
  })
  services.wakeEvents()
}

/** An order that waited, for the bank or for the password, comes to nothing. */
export async function refusePayment(
  services: Services,
  tx: Tx,
  payment: PaymentRow,
  refusal: ErrorCode,
): Promise<void> {
  await setPaymentStatus(tx, payment, 'REFUSED', refusal)
  await giveBack(tx, payment)
  await tellPayment(services, tx, payment)
}

/** Nobody knows yet. Said once; the worker keeps asking (R33: never FAILED). */
export async function markUnknown(services: Services, movement: Movement): Promise<void> {
  await inTransaction(services.db.pool, async (tx) => {
    const payment = await lockPayment(tx, movement)
    if (payment.status !== 'PROCESSING') return
    await setPaymentStatus(tx, payment, 'UNKNOWN')
    await tellPayment(services, tx, payment)
  })
  services.wakeEvents()
}

/** The outside system has undone the debit, or made sure that it never happens. */
export async function settleReversal(services: Services, movement: Movement): Promise<void> {
  await inTransaction(services.db.pool, async (tx) => {
    const payment = await lockPayment(tx, movement)
    if (payment.status !== 'REVERSING') return
    await setPaymentStatus(tx, payment, 'REVERSED')
    // Only a payment that was posted has something to undo in the books.
    if (payment.paid_at) {
      await insertPosting(tx, {
        schoolId: movement.school_id,
        transactionId: services.newId(),
        kind: 'reversal',
        debitAccount: accountNames.merchant(payment.merchant_id),
        creditAccount: accountNames.clearing(movement.port),
        amountFen: movement.amount_fen,
        paymentId: payment.payment_id,
        personId: movement.person_id,
      })
    }
    await giveBack(tx, payment)
    await closeMovement(tx, movement.school_id, movement.movement_id, 'reversed')
    await tellPayment(services, tx, payment)
  })
  services.wakeEvents()
}

/** The outside system has returned the money of a refund. */
export async function settleRefundMovement(services: Services, movement: Movement): Promise<void> {
  await inTransaction(services.db.pool, async (tx) => {
    const refund = await settleRefund(tx, movement.school_id, movement.movement_id, 'REFUNDED')
    if (!refund) return
    const payment = await lockPaymentById(tx, movement.school_id, refund.payment_id)
    if (!payment) throw new Error('a refund names no payment')
    await insertPosting(tx, {
      schoolId: movement.school_id,
      transactionId: services.newId(),
      kind: 'refund',
      debitAccount: accountNames.merchant(payment.merchant_id),
      creditAccount: accountNames.clearing(movement.port),
      amountFen: movement.amount_fen,
      paymentId: payment.payment_id,
      personId: movement.person_id,
    })
    await closeMovement(tx, movement.school_id, movement.movement_id, 'succeeded')
    await insertEvent(tx, {
      schoolId: movement.school_id,
      personId: movement.person_id,
      eventId: services.newId(),
      kind: 'refund',
      refundId: refund.refund_id,
    })
    await tellOrderRefunded(tx, payment, refund)
  })
  services.wakeEvents()
}

/** The outside system will not return it: said to the till, and the amount is free for another way. */
export async function declineRefundMovement(services: Services, movement: Movement): Promise<void> {
  await inTransaction(services.db.pool, async (tx) => {
    const refund = await settleRefund(tx, movement.school_id, movement.movement_id, 'DECLINED')
    if (!refund) return
    const payment = await lockPaymentById(tx, movement.school_id, refund.payment_id)
    if (!payment) throw new Error('a refund names no payment')
    await addRefundedFen(tx, payment, -refund.amount_fen)
    await closeMovement(tx, movement.school_id, movement.movement_id, 'declined')
    // No till is told, so somebody has to look.
    if (payment.means === 'utility') {
      const { school_id: schoolId, payment_id: paymentId } = payment
      services.log.error({ schoolId, paymentId }, 'alarm: a top-up could not be refunded')
    }
  })
}

async function lockPayment(tx: Tx, movement: Movement): Promise<PaymentRow> {
  const payment = await lockPaymentById(tx, movement.school_id, movement.movement_id)
  if (!payment) throw new Error('a movement names no payment')
  return payment
}

/** What it counted against its day's limit (R15). */
export async function giveBack(tx: Tx, payment: PaymentRow): Promise<void> {
  if (!payment.person_id || !payment.spent_on || payment.amount_fen === null) return
  await giveBackAllowance(
    tx,
    payment.school_id,
    payment.person_id,
    payment.spent_on,
    payment.amount_fen,
    payment.means === 'collection',
  )
}

/** @param lowBalance Where the wallet is now, when this payment took it below the person's threshold. */
export async function tellPayment(
  services: Services,
  tx: Tx,
  payment: PaymentRow,
  lowBalance?: LowBalance,
): Promise<void> {
  if (!payment.person_id) return
  await insertEvent(tx, {
    schoolId: payment.school_id,
    personId: payment.person_id,
    eventId: services.newId(),
    kind: 'payment',
    paymentId: payment.payment_id,
    lowBalance,
  })
}
