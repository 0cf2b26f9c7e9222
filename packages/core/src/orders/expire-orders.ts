import type { Services } from '../http/operation.ts'
import { endOrder } from './end-order.ts'
import { findOverdueOrders } from './store.ts'

const AT_ONCE_MAX = 100

/** Closes orders whose time is over. One that somebody is paying waits for what comes of that. */
export async function expireOrders(services: Services): Promise<void> {
  for (const order of await findOverdueOrders(services.db.pool, AT_ONCE_MAX)) {
    const { school_id: schoolId, order_id: orderId } = order
    try {
      await endOrder(services, order)
    } catch (error) {
      services.log.error({ schoolId, orderId, err: error }, 'an order was not closed')
    }
  }
}
