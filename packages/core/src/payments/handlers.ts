import type { terminalRoutes } from '@campus-ecode/protocol/core-api'
import { type Handlers, refuse, type Services, type TerminalCaller } from '../http/operation.ts'
import { createPay } from './pay.ts'
import { refund } from './refund.ts'
import { reverse } from './reverse.ts'
import { findPayment, findRefund, type OrderKey, toPayment, toRefund } from './store.ts'

type PaymentRoutes = Omit<typeof terminalRoutes, 'getTerminal'>

/** What a terminal may do with its orders (R33). */
export function createPaymentHandlers(services: Services): Handlers<PaymentRoutes, TerminalCaller> {
  return {
    pay: createPay(services),
    reverse,
    refund,
    async getPayment({ caller, params }) {
      const row = await findPayment(services.db.pool, { ...caller, orderNo: params.orderNo })
      return row ? { status: 200, body: toPayment(row) } : refuse('ORDER_NOT_FOUND')
    },
    async getRefund({ caller, params }) {
      const order: OrderKey = { ...caller, orderNo: params.orderNo }
      const payment = await findPayment(services.db.pool, order)
      if (!payment) return refuse('ORDER_NOT_FOUND')
      const row = await findRefund(services.db.pool, order, params.refundNo)
      if (!row || !payment.channel) return refuse('REFUND_NOT_FOUND')
      return { status: 200, body: toRefund(row, payment.channel) }
    },
  }
}
