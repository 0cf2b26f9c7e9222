import { inTransaction } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { refusePayment } from './settle-payment.ts'
import { findOverduePayments, lockPaymentById } from './store.ts'

const AT_ONCE_MAX = 100

/** Refuses orders whose payers let the time for the password pass (R23). One that fails keeps none waiting. */
export async function expirePayments(services: Services): Promise<void> {
  const overdue = await findOverduePayments(services.db.pool, AT_ONCE_MAX)
  for (const { school_id: schoolId, payment_id: paymentId } of overdue) {
    try {
      await expirePayment(services, schoolId, paymentId)
    } catch (error) {
      services.log.error({ schoolId, paymentId, err: error }, 'a waiting order was not ended')
    }
  }
  if (overdue.length > 0) services.wakeEvents()
}

async function expirePayment(services: Services, schoolId: string, paymentId: string) {
  await inTransaction(services.db.pool, async (tx) => {
    const payment = await lockPaymentById(tx, schoolId, paymentId)
    // The person, the till or another process may have decided meanwhile.
    if (payment?.status !== 'AWAITING_PASSWORD') return
    await refusePayment(services, tx, payment, 'PASSWORD_TIMED_OUT')
  })
}
