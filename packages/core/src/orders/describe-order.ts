import type { MerchantOrder } from '@campus-ecode/protocol/orders'
import { type PaymentRow, toPayment } from '../payments/store.ts'
import type { OrderRow } from './store.ts'

/** What an order is, by its row and its payments. */
export interface OrderState {
  status: MerchantOrder['status']
  /** The payment that paid, or that somebody is at. */
  payment: PaymentRow | undefined
}

/**
 * Where an order stands. A payment that came to nothing leaves it open; the next one has the next number,
 * which nobody takes before all earlier ones are over for good.
 *
 * @param attempts From findAttempts().
 */
export function stateOf(order: OrderRow, attempts: readonly PaymentRow[]): OrderState {
  const latest = attempts.at(-1)
  if (order.closed_at || (latest && latest.content_hash === null)) {
    return { status: 'CLOSED', payment: undefined }
  }
  switch (latest?.status) {
    case undefined:
    case 'REFUSED':
    case 'REVERSED':
      return { status: 'OPEN', payment: undefined }
    case 'PAID':
      return { status: 'PAID', payment: latest }
    default:
      return { status: 'PAYING', payment: latest }
  }
}

/** An order as its merchant's server sees it; whatever try paid it, the number is the merchant's own. */
export function toMerchantOrder(order: OrderRow, { status, payment }: OrderState): MerchantOrder {
  return {
    orderId: order.order_id,
    orderNo: order.order_no,
    status,
    description: order.description,
    listFen: order.list_fen,
    expiresAt: order.expires_at.toISOString(),
    payment: payment ? { ...toPayment(payment), orderNo: order.order_no } : null,
    createdAt: order.created_at.toISOString(),
  }
}
