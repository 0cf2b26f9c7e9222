import { inTransaction, type Tx } from '../db/database.ts'
import { type Refusal, refuse, type Services } from '../http/operation.ts'
import { stateOf } from './describe-order.ts'
import {
  ATTEMPTS_MAX,
  attemptNo,
  findAttempts,
  insertOrderEnd,
  type OrderRow,
  setClosed,
} from './store.ts'
import { tellOrderClosed } from './tell-merchant.ts'

/**
 * Closes an order for good, by taking the number that its next payment would have: whoever begins one at
 * this moment is either there before, and then it is not closed, or finds the number taken.
 *
 * Refuses: ORDER_ALREADY_PAID, ORDER_BEING_PAID. Repeating is harmless.
 */
export function endOrder(
  services: Services,
  order: OrderRow,
  claimNonce: (tx: Tx) => Promise<void> = async () => {},
): Promise<Refusal | undefined> {
  return inTransaction(services.db.pool, async (tx) => {
    await claimNonce(tx)
    for (;;) {
      const attempts = await findAttempts(tx, order)
      const { status } = stateOf(order, attempts)
      if (status === 'PAID') return refuse('ORDER_ALREADY_PAID')
      if (status === 'PAYING') return refuse('ORDER_BEING_PAID')
      if (status === 'CLOSED') return undefined
      const next = attemptNo(order.order_no, Math.min(attempts.length, ATTEMPTS_MAX) + 1)
      // Waits for a payment that is being written under this number, and then looks again.
      if (!(await insertOrderEnd(tx, order, next, services.newId()))) continue
      if (await setClosed(tx, order)) await tellOrderClosed(tx, order)
      return undefined
    }
  })
}
