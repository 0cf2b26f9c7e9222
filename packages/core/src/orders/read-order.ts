import type { Services } from '../http/operation.ts'
import type { PaymentRow } from '../payments/store.ts'
import { type OrderState, stateOf } from './describe-order.ts'
import { endOrder } from './end-order.ts'
import { findAttempts, findOrderById, type OrderRow } from './store.ts'

export interface OrderAsItIs extends OrderState {
  order: OrderRow
  attempts: PaymentRow[]
}

/** Where an order stands now. One whose time is over and that nobody is paying is closed by looking at it. */
export async function readOrder(services: Services, found: OrderRow): Promise<OrderAsItIs> {
  const attempts = await findAttempts(services.db.pool, found)
  const state = stateOf(found, attempts)
  if (state.status !== 'OPEN' || !found.overdue) return { order: found, attempts, ...state }
  await endOrder(services, found)
  const order = await findOrderById(services.db.pool, found.school_id, found.order_id)
  if (!order) throw new Error('an order that was just there is gone')
  const now = await findAttempts(services.db.pool, order)
  return { order, attempts: now, ...stateOf(order, now) }
}
