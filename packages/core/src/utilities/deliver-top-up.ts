import type { PortTopUpState } from '@campus-ecode/protocol/utility-port'
import { inTransaction, type Tx } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { driveMovement } from '../movements/drive-movement.ts'
import { isOtherAmount } from '../movements/is-other-amount.ts'
import {
  closeMovement,
  lockMovement,
  type Movement,
  type StartedMovement,
} from '../movements/store.ts'
import { writeRefund } from '../payments/refund.ts'
import { giveBack } from '../payments/settle-payment.ts'
import { addRefundedFen, lockPaymentById, type PaymentRow } from '../payments/store.ts'
import type { PortAnswer } from '../ports/debit-port.ts'
import type { UtilityPort } from '../ports/utility-port.ts'
import { tellWallet } from '../wallet/change-wallet.ts'
import {
  findTopUp,
  findTopUpByDelivery,
  insertDelivery,
  saveReceipt,
  type TopUpRow,
} from './store.ts'

/** What did not arrive is sent again for so long; after that it is called off and refunded. */
const PATIENCE_SECONDS = 600
/** One of a top-up, so that it is written once whoever comes to it; refund-again.ts goes on from here. */
export const REFUND_NO = 'not-delivered'

/** Writes the intent to deliver, in the transaction that makes the payment PAID. */
export async function startDelivery(tx: Tx, payment: PaymentRow): Promise<void> {
  if (payment.means !== 'utility') return
  const row = await findTopUp(tx, payment.school_id, payment.order_no)
  if (!row) throw new Error('a payment to a utility is for nothing')
  await insertDelivery(tx, row)
}

/**
 * Takes one step with the utility: it confirms, or it will not, and then the money goes back where it came
 * from. Before that the utility has promised, by a refusal or a cancellation, that it never credits this
 * reference. No answer leaves it open, to be asked again.
 */
export async function driveDelivery(services: Services, movement: StartedMovement): Promise<void> {
  const { utility: port } = services.ports
  const row = await findTopUpByDelivery(services.db.pool, movement.school_id, movement.movement_id)
  if (!row) throw new Error('a delivery is of nothing')
  if (!port) throw new Error('the utility port is not configured any more')
  const first = movement.attempt_count === 1
  const { reference } = movement
  let answer = first ? await send(port, movement, row) : await port.query(reference)
  const unsent = first && !answer.ok && answer.reason === 'NOT_SENT'
  if (isRefused(answer, 'NOT_FOUND')) {
    // It never arrived.
    answer =
      movement.age_seconds < PATIENCE_SECONDS
        ? await send(port, movement, row)
        : await port.cancel(reference)
  }
  // A no to this call, not to the money: what came of an earlier one is for the cancellation to say.
  if (isRefused(answer, 'ACCOUNT_UNKNOWN')) answer = await port.cancel(reference)
  if (answer.ok) return settle(services, movement, row, answer.value)
  if (unsent) return refundUnsent(services, movement, row)
  if (answer.reason === 'REFUSED') {
    const { school_id: schoolId, movement_id: movementId } = movement
    const { error } = answer
    services.log.error({ schoolId, movementId, error }, 'alarm: a top-up is refused outside')
  }
}

function send(
  port: UtilityPort,
  { reference }: Movement,
  row: TopUpRow,
): Promise<PortAnswer<PortTopUpState>> {
  return port.topUp({
    reference,
    schoolId: row.school_id,
    utility: row.kind,
    campus: row.campus,
    accountNo: row.account_no,
    amountFen: row.amount_fen,
  })
}

function isRefused(answer: PortAnswer<PortTopUpState>, error: string): boolean {
  return !answer.ok && answer.reason === 'REFUSED' && answer.error === error
}

async function settle(
  services: Services,
  movement: Movement,
  row: TopUpRow,
  { status, receipt, amountFen }: PortTopUpState,
): Promise<void> {
  if (status === 'PROCESSING') return
  if (status === 'REFUSED') return returnAll(services, movement, row)
  if (isOtherAmount(services, movement, amountFen)) return
  await inTransaction(services.db.pool, async (tx) => {
    const now = await lockMovement(tx, movement.school_id, movement.movement_id)
    if (now?.outcome === 'declined') {
      const { school_id: schoolId, movement_id: movementId } = movement
      services.log.error({ schoolId, movementId }, 'alarm: a top-up was credited after its no')
    }
    if (now?.state !== 'open') return
    await closeMovement(tx, movement.school_id, movement.movement_id, 'succeeded')
    await saveReceipt(tx, row.school_id, row.top_up_id, receipt)
    await tell(services, tx, row)
  })
  services.wakeEvents()
}

/** Not a byte of it left the house, and nobody has tried since. */
function refundUnsent(services: Services, movement: Movement, row: TopUpRow): Promise<void> {
  return returnAll(services, movement, row, movement.attempt_count)
}

async function returnAll(
  services: Services,
  movement: Movement,
  row: TopUpRow,
  onlyAttempt?: number,
): Promise<void> {
  const { school_id: schoolId, movement_id: movementId } = movement
  const { payment_id: paymentId } = row
  if (!paymentId) throw new Error('a delivery lacks its payment')
  const refundId = await inTransaction(services.db.pool, async (tx) => {
    const payment = await lockPaymentById(tx, schoolId, paymentId)
    if (!payment?.channel || !payment.amount_fen) throw new Error('a delivery was not paid')
    const now = await lockMovement(tx, schoolId, movementId)
    if (now?.state !== 'open') return undefined
    if (onlyAttempt !== undefined && now.attempt_count !== onlyAttempt) return undefined
    await closeMovement(tx, schoolId, movementId, 'declined')
    const { amount_fen: amountFen, channel } = payment
    // Nothing was had for it, so it counts against no day (R15).
    await giveBack(tx, payment)
    await addRefundedFen(tx, payment, amountFen)
    const refund = await writeRefund(services, tx, payment, channel, {
      refundNo: REFUND_NO,
      amountFen,
    })
    await tell(services, tx, row)
    return refund.status === 'PROCESSING' ? refund.refund_id : undefined
  })
  services.wakeEvents()
  if (refundId) await driveMovement(services, schoolId, refundId)
}

function tell(services: Services, tx: Tx, { school_id, person_id }: TopUpRow): Promise<void> {
  const owner = { schoolId: school_id, personId: person_id }
  return tellWallet(tx, services, owner, { change: 'utility' })
}
