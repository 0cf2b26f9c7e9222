import type { terminalRoutes } from '@campus-ecode/protocol/core-api'
import { inTransaction, type Tx } from '../db/database.ts'
import { whyNotReversed } from '../foreign-codes/takes-back.ts'
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
import { reopenMovement } from '../movements/store.ts'
import { giveBack, tellPayment } from './settle-payment.ts'
import {
  findPayment,
  insertTombstone,
  lockPayment,
  type OrderKey,
  type PaymentRow,
  setPaymentStatus,
  toPayment,
} from './store.ts'

/**
 * Undoes an order, whatever its state: net zero and no later success (R33). An order not yet seen
 * leaves a tombstone; one that was refused stays refused.
 *
 * Refuses: ORDER_REFUNDED, REVERSAL_TOO_LATE.
 */
export async function reverse(
  ctx: Context<typeof terminalRoutes.reverse, TerminalCaller>,
): Promise<Answer<typeof terminalRoutes.reverse> | Refusal> {
  const { services, caller } = ctx
  const order: OrderKey = { ...caller, orderNo: ctx.params.orderNo }
  const done = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    await insertTombstone(tx, order, services.newId(), caller.merchantId)
    const payment = await lockPayment(tx, order)
    if (!payment) throw new Error('neither an order nor its tombstone is there')
    switch (payment.status) {
      case 'PAID':
        return reversePaid(services, tx, payment)
      case 'AWAITING_PASSWORD':
        await setPaymentStatus(tx, payment, 'REVERSED')
        await giveBack(tx, payment)
        await tellPayment(services, tx, payment)
        return { ask: undefined }
      case 'PROCESSING':
      case 'UNKNOWN':
        return askOutside(services, tx, payment)
      case 'REVERSING':
        return { ask: payment.payment_id }
      default:
        return { ask: undefined }
    }
  })
  if ('refused' in done) return done
  services.wakeEvents()
  if (done.ask) await driveMovement(services, order.schoolId, done.ask)

  const row = await findPayment(services.db.pool, order)
  if (!row) throw new Error('an order that was just reversed is gone')
  return { status: row.status === 'REVERSING' ? 202 : 200, body: toPayment(row) }
}

async function reversePaid(services: Services, tx: Tx, payment: PaymentRow) {
  if (payment.refunded_fen > 0) return refuse('ORDER_REFUNDED')
  if (payment.channel === 'wallet') return reverseFromBooks(services, tx, payment)
  const refused = await whyNotReversed(services, tx, payment)
  return refused ? refuse(refused) : askOutside(services, tx, payment)
}

/** What the wallet paid comes back at once. */
async function reverseFromBooks(services: Services, tx: Tx, payment: PaymentRow) {
  const { school_id: schoolId, person_id: personId, amount_fen: amountFen } = payment
  if (!personId || !amountFen) throw new Error('a paid order lacks its payer')
  await setPaymentStatus(tx, payment, 'REVERSED')
  await insertPosting(tx, {
    schoolId,
    transactionId: services.newId(),
    kind: 'reversal',
    debitAccount: accountNames.merchant(payment.merchant_id),
    creditAccount: accountNames.wallet(personId),
    amountFen,
    paymentId: payment.payment_id,
    personId,
    wallet: await creditWallet(tx, schoolId, personId, amountFen),
  })
  await giveBack(tx, payment)
  await tellPayment(services, tx, payment)
  return { ask: undefined }
}

/** The bank or the one-card system has to undo it; the worker asks until it has. */
async function askOutside(services: Services, tx: Tx, payment: PaymentRow) {
  if (!payment.person_id) throw new Error('an order with a movement lacks its payer')
  await setPaymentStatus(tx, payment, 'REVERSING')
  await reopenMovement(tx, payment.school_id, payment.payment_id)
  await tellPayment(services, tx, payment)
  return { ask: payment.payment_id }
}
