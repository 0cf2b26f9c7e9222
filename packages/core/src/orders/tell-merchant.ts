import type { OrderNotice } from '@campus-ecode/protocol/orders'
import type { Tx } from '../db/database.ts'
import type { PaymentRow, RefundRow } from '../payments/store.ts'
import { insertWebhook } from '../webhooks/store.ts'
import { findOrder, type OrderRow, setPaid } from './store.ts'

// What a merchant's server is told (R38), in the transaction in which it happened. A payment that the wallet
// covers at once is marked and told by pay_batch_with_orders.

/** To be called where a payment becomes PAID; of other payments nobody is told. */
export async function tellOrderPaid(tx: Tx, payment: PaymentRow): Promise<void> {
  if (payment.means !== 'order') return
  const order = await setPaid(tx, payment)
  await tell(tx, order, payment.payment_id, 'order.paid', payment.amount_fen ?? 0, null)
}

/** To be called where money of a refund is back. */
export async function tellOrderRefunded(
  tx: Tx,
  payment: PaymentRow,
  refund: Pick<RefundRow, 'refund_id' | 'refund_no' | 'amount_fen'>,
): Promise<void> {
  if (payment.means !== 'order') return
  const { school_id: schoolId, terminal_id: terminalId } = payment
  const [orderNo = ''] = payment.order_no.split('~')
  const order = await findOrder(tx, { schoolId, terminalId, orderNo })
  if (!order) throw new Error('a payment names no order')
  await tell(tx, order, refund.refund_id, 'order.refunded', refund.amount_fen, refund.refund_no)
}

export async function tellOrderClosed(tx: Tx, order: OrderRow): Promise<void> {
  await tell(tx, order, order.order_id, 'order.closed', order.list_fen, null)
}

async function tell(
  tx: Tx,
  order: OrderRow,
  webhookId: string,
  type: OrderNotice['type'],
  amountFen: number,
  refundNo: string | null,
): Promise<void> {
  const { school_id: schoolId, order_id: orderId, order_no: orderNo } = order
  const data: OrderNotice['data'] = { schoolId, orderId, orderNo, amountFen, refundNo }
  await insertWebhook(tx, { schoolId, webhookId, endpointId: order.terminal_id, type, data })
}
