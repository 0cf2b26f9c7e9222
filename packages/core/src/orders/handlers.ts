import { createHash } from 'node:crypto'
import type { orderRoutes } from '@campus-ecode/protocol/orders'
import { inTransaction } from '../db/database.ts'
import {
  type Handlers,
  isRefusal,
  refuse,
  type Services,
  type TerminalCaller,
} from '../http/operation.ts'
import { refund } from '../payments/refund.ts'
import { findRefund, type OrderKey, toRefund } from '../payments/store.ts'
import { toMerchantOrder } from './describe-order.ts'
import { endOrder } from './end-order.ts'
import { readOrder } from './read-order.ts'
import { findOrder, findOrderPlace, insertOrder, type OrderRow } from './store.ts'

type OrderHandlers = Handlers<typeof orderRoutes, TerminalCaller>

/** What a merchant's server may do with its orders (R38); of keys of other terminals nothing. */
export function createOrderHandlers(): OrderHandlers {
  const handlers: OrderHandlers = {
    createOrder,

    async getMerchantOrder({ caller, params, services }) {
      const order = await findOrder(services.db.pool, { ...caller, orderNo: params.orderNo })
      return order ? answerOrder(services, order) : refuse('ORDER_NOT_FOUND')
    },

    async closeOrder(ctx) {
      const { services } = ctx
      const key: OrderKey = { ...ctx.caller, orderNo: ctx.params.orderNo }
      const order = await findOrder(services.db.pool, key)
      if (!order) return refuse('ORDER_NOT_FOUND')
      const refused = await endOrder(services, order, ctx.claimNonce)
      if (refused) return refused
      const closed = await findOrder(services.db.pool, key)
      return answerOrder(services, closed ?? order)
    },

    async refundOrder(ctx) {
      const { services } = ctx
      const key: OrderKey = { ...ctx.caller, orderNo: ctx.params.orderNo }
      const payment = await findOrderPayment(services, key)
      if (isRefusal(payment)) return payment
      if (!payment) return refuse('ORDER_NOT_PAID')
      const answer = await refund({ ...ctx, params: { orderNo: payment.order_no } })
      if (isRefusal(answer)) return answer
      return { ...answer, body: { ...answer.body, orderNo: key.orderNo } }
    },

    async getOrderRefund({ caller, params, services }) {
      const key: OrderKey = { ...caller, orderNo: params.orderNo }
      const payment = await findOrderPayment(services, key)
      if (isRefusal(payment)) return payment
      if (!payment?.channel) return refuse('REFUND_NOT_FOUND')
      const order = { ...key, orderNo: payment.order_no }
      const row = await findRefund(services.db.pool, order, params.refundNo)
      if (!row) return refuse('REFUND_NOT_FOUND')
      return { status: 200, body: { ...toRefund(row, payment.channel), orderNo: key.orderNo } }
    },
  }
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [name, forOnlineTerminals(handler)]),
  ) as unknown as OrderHandlers
}

function forOnlineTerminals(handler: (ctx: never) => Promise<unknown>) {
  return async (ctx: { caller: TerminalCaller }) =>
    ctx.caller.terminalKind === 'online' ? handler(ctx as never) : refuse('KEY_NOT_ALLOWED')
}

/** Same number, same content: same answer. */
const createOrder: OrderHandlers['createOrder'] = async (ctx) => {
  const { services, caller, body } = ctx
  const { schoolId, terminalId, merchantId } = caller
  const { orderNo, amountFen: listFen, description, expiresInSeconds } = body
  const content = JSON.stringify([listFen, description, expiresInSeconds])
  const contentHash = createHash('sha256').update(content).digest()
  const refused = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const known = await findOrder(tx, { schoolId, terminalId, orderNo })
    if (known) return known.content_hash.equals(contentHash) ? 'known' : refuse('ORDER_NO_REUSED')
    const place = await findOrderPlace(tx, schoolId, terminalId)
    if (!place?.accepting) return refuse('MERCHANT_NOT_ACCEPTING')
    const isNew = await insertOrder(tx, {
      ...{ schoolId, terminalId, orderNo, merchantId, contentHash, description, listFen },
      ...{ orderId: services.newId(), expiresInSeconds },
    })
    // The same order, sent twice at once.
    return isNew ? 'new' : 'again'
  })
  if (isRefusal(refused)) return refused
  const order = await findOrder(services.db.pool, { schoolId, terminalId, orderNo })
  if (!order) throw new Error('an order that was just written is gone')
  if (!order.content_hash.equals(contentHash)) return refuse('ORDER_NO_REUSED')
  const { body: answer } = await answerOrder(services, order)
  return { status: refused === 'new' ? 201 : 200, body: answer }
}

async function answerOrder(services: Services, found: OrderRow) {
  const { order, ...state } = await readOrder(services, found)
  return { status: 200, body: toMerchantOrder(order, state) } as const
}

/** The payment that paid an order, if one did. */
async function findOrderPayment(services: Services, key: OrderKey) {
  const order = await findOrder(services.db.pool, key)
  if (!order) return refuse('ORDER_NOT_FOUND')
  if (!order.payment_id) return undefined
  const { payment } = await readOrder(services, order)
  return payment
}
