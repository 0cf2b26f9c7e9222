import type { Refund } from '@campus-ecode/protocol/payments'
import { inTransaction, prepare } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { driveMovement } from '../movements/drive-movement.ts'
import { writeRefund } from '../payments/refund.ts'
import { addRefundedFen, lockPaymentById } from '../payments/store.ts'
import { REFUND_NO } from './deliver-top-up.ts'
import { findTopUp } from './store.ts'

const countRefunds = prepare<{ count: number }>(
  'select count(*)::int as count from refunds where school_id = $1 and terminal_id = $2 and order_no = $3',
)

/**
 * Asks the bank once more to take back a top-up that its utility would not have, and that the bank would not take
 * back before: once somebody has heard from the bank that now it will. Money goes back the way it came and no
 * other, so that statement and bank agree.
 *
 * @returns What became of it so far; undefined, having changed nothing, where a payment is no such top-up.
 */
export async function refundTopUpAgain(
  services: Services,
  schoolId: string,
  paymentId: string,
): Promise<Refund['status'] | undefined> {
  const begun = await inTransaction(services.db.pool, async (tx) => {
    // The payment's row is the lock for all its refunds.
    const payment = await lockPaymentById(tx, schoolId, paymentId)
    if (payment?.means !== 'utility' || !payment.channel || !payment.amount_fen) return undefined
    const { order_no: topUpId, amount_fen: amountFen } = payment
    const topUp = await findTopUp(tx, schoolId, topUpId)
    if (topUp?.outcome !== 'declined' || topUp.refund_status !== 'DECLINED') return undefined
    const [before] = await countRefunds(tx, [schoolId, payment.terminal_id, topUpId])
    await addRefundedFen(tx, payment, amountFen)
    const refundNo = `${REFUND_NO}-${(before?.count ?? 0) + 1}`
    const row = await writeRefund(services, tx, payment, payment.channel, { refundNo, amountFen })
    return { row, topUpId }
  })
  if (!begun) return undefined
  services.wakeEvents()
  await driveMovement(services, schoolId, begun.row.refund_id)
  const now = await findTopUp(services.db.pool, schoolId, begun.topUpId)
  return now?.refund_status ?? begun.row.status
}
