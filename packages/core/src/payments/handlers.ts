import type { terminalRoutes } from '@campus-ecode/protocol/core-api'
import { type Handlers, refuse, type Services, type TerminalCaller } from '../http/operation.ts'
import { createPay } from './pay.ts'
import { refund } from './refund.ts'
import { reverse } from './reverse.ts'
import { findPayment, findRefund, type OrderKey, toPayment, toRefund } from './store.ts'

/** A shower's orders are what its sessions became (R26). */
const hasOrders = ({ terminalKind }: TerminalCaller) =>
  terminalKind === 'till' || terminalKind === 'shower'

type PaymentRoutes = Omit<typeof terminalRoutes, 'getTerminal'>

/** What a till, or a shower, may do with its orders (R33); online terminals have calls of their own. */
export function createPaymentHandlers(services: Services): Handlers<PaymentRoutes, TerminalCaller> {
  return {
    pay: createPay(services),
    reverse: async (ctx) => (hasOrders(ctx.caller) ? reverse(ctx) : refuse('KEY_NOT_ALLOWED')),
    refund: async (ctx) => (hasOrders(ctx.caller) ? refund(ctx) : refuse('KEY_NOT_ALLOWED')),
    async getPayment({ caller, params }) {
      if (!hasOrders(caller)) return refuse('KEY_NOT_ALLOWED')
      const row = await findPayment(services.db.pool, { ...caller, orderNo: params.orderNo })
      return row ? { status: 200, body: toPayment(row) } : refuse('ORDER_NOT_FOUND')
    },
    async getRefund({ caller, params }) {
      if (!hasOrders(caller)) return refuse('KEY_NOT_ALLOWED')
      const order: OrderKey = { ...caller, orderNo: params.orderNo }
      const payment = await findPayment(services.db.pool, order)
      if (!payment) return refuse('ORDER_NOT_FOUND')
      const row = await findRefund(services.db.pool, order, params.refundNo)
      if (!row || !payment.channel) return refuse('REFUND_NOT_FOUND')
      return { status: 200, body: toRefund(row, payment.channel) }
    },
  }
}
