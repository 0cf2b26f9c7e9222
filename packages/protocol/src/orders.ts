import { z } from 'zod'
import { billEntrySchema } from './bill.ts'
import { appliedRuleSchema, paymentSchema, refundRequestSchema, refundSchema } from './payments.ts'
import { defineRoutes } from './route.ts'
import { accountSchema, amountFenSchema, idSchema, instantSchema, orderNoSchema } from './shapes.ts'

/**
 * - `OPEN` nobody has paid; also after a payment that came to nothing.
 * - `PAYING` somebody is at it: the password, the bank or the one-card system is being waited for.
 * - `PAID` money moved; refunds do not change that.
 * - `CLOSED` by the merchant or because its time was over; it can never be paid.
 */
export const orderStatusSchema = z.enum(['OPEN', 'PAYING', 'PAID', 'CLOSED'])

/** R38: a merchant's server asks for an order to be paid online. Same number, same content: same answer. */
export const createOrderSchema = z
  .strictObject({
    orderNo: orderNoSchema,
    amountFen: amountFenSchema.describe('List price in fen, before the price rule'),
    description: z.string().trim().min(1).max(60).describe('What the person reads: 午餐预订 2 份'),
    expiresInSeconds: z.int().min(60).max(86_400).default(900),
  })
  .meta({ id: 'CreateOrder' })

/** An order as its merchant sees it. */
export const merchantOrderSchema = z
  .object({
    orderId: idSchema.describe('What the page hands to ECode.pay({ order })'),
    orderNo: orderNoSchema,
    status: orderStatusSchema,
    description: z.string(),
    listFen: z.int(),
    expiresAt: instantSchema,
    payment: paymentSchema.nullable().describe('The one that paid or is about to'),
    createdAt: instantSchema,
  })
  .meta({ id: 'MerchantOrder' })
export type MerchantOrder = z.infer<typeof merchantOrderSchema>

/** An order as the person at the cashier sees it. */
export const cashierOrderSchema = z
  .object({
    orderId: idSchema,
    status: orderStatusSchema,
    merchantName: z.string(),
    description: z.string(),
    listFen: z.int(),
    amountFen: z.int().describe('What this person pays (R4)'),
    rule: appliedRuleSchema.nullable(),
    expiresAt: instantSchema,
    entry: billEntrySchema
      .nullable()
      .describe('This person’s own payment of it, if there is one that paid or is under way'),
  })
  .meta({ id: 'CashierOrder' })
export type CashierOrder = z.infer<typeof cashierOrderSchema>

export const payOrderSchema = z
  .strictObject({
    paymentNo: orderNoSchema.describe('Made and kept by the page before the first send'),
    account: accountSchema,
    amountFen: amountFenSchema
      .optional()
      .describe(
        'What the person was shown and agreed to pay (R4); at any other price nothing is paid',
      ),
  })
  .meta({ id: 'PayOrder' })

/** The cashier; part of the person routes. */
export const cashierRoutes = defineRoutes({
  getOrder: {
    method: 'GET',
    path: '/orders/:orderId',
    summary: 'An online order, priced for this person (R38)',
    answers: { 200: cashierOrderSchema },
    errors: ['ORDER_NOT_FOUND'],
    scope: 'pay',
  },
  payOrder: {
    method: 'POST',
    path: '/orders/:orderId/payments',
    summary: 'Pays an online order, with the password where needed (R38)',
    body: payOrderSchema,
    answers: { 200: billEntrySchema, 202: billEntrySchema },
    errors: [
      'ORDER_NOT_FOUND',
      'ORDER_CLOSED',
      'ORDER_ALREADY_PAID',
      'ORDER_BEING_PAID',
      'PRICE_CHANGED',
      'CARD_NOT_CLAIMED',
      'CARD_LOCKED',
      'CARD_CLOSED',
      'ACCOUNT_NOT_OPEN',
      'OVER_SINGLE_LIMIT',
      'OVER_DAILY_LIMIT',
      'PASSWORD_REQUIRED',
      'PASSWORD_LOCKED',
      'INSUFFICIENT_FUNDS',
      'BANK_DECLINED',
      'BANK_UNAVAILABLE',
      'ONE_CARD_UNAVAILABLE',
      'MERCHANT_NOT_ACCEPTING',
      'TERMINAL_DISABLED',
      'ORDER_NO_REUSED',
    ],
    scope: 'pay',
  },
})

/** R38: what a merchant's server may do, with the key of its online terminal. */
export const orderRoutes = defineRoutes({
  createOrder: {
    method: 'POST',
    path: '/v1/orders',
    summary: 'Creates an order that a person can pay in a page (R38)',
    body: createOrderSchema,
    answers: { 201: merchantOrderSchema, 200: merchantOrderSchema },
    errors: ['AMOUNT_INVALID', 'ORDER_NO_REUSED', 'MERCHANT_NOT_ACCEPTING', 'SIGNATURE_REPLAYED'],
  },
  getMerchantOrder: {
    method: 'GET',
    path: '/v1/orders/:orderNo',
    summary: 'What became of an online order',
    answers: { 200: merchantOrderSchema },
    errors: ['ORDER_NOT_FOUND'],
  },
  closeOrder: {
    method: 'POST',
    path: '/v1/orders/:orderNo/close',
    summary: 'Keeps an order from being paid; repeating is harmless',
    body: z.strictObject({}),
    answers: { 200: merchantOrderSchema },
    errors: ['ORDER_NOT_FOUND', 'ORDER_ALREADY_PAID', 'ORDER_BEING_PAID', 'SIGNATURE_REPLAYED'],
  },
  refundOrder: {
    method: 'POST',
    path: '/v1/orders/:orderNo/refunds',
    summary: 'Returns part or all of a paid online order to where it came from',
    body: refundRequestSchema,
    answers: { 200: refundSchema, 202: refundSchema },
    errors: [
      'AMOUNT_INVALID',
      'ORDER_NOT_FOUND',
      'ORDER_NOT_PAID',
      'REFUND_NO_REUSED',
      'REFUND_EXCEEDS_PAYMENT',
      'REFUND_DECLINED',
      'SIGNATURE_REPLAYED',
    ],
  },
  getOrderRefund: {
    method: 'GET',
    path: '/v1/orders/:orderNo/refunds/:refundNo',
    summary: 'What became of a refund of an online order',
    answers: { 200: refundSchema },
    errors: ['ORDER_NOT_FOUND', 'REFUND_NOT_FOUND'],
  },
})

/**
 * What is posted to a merchant's `notifyUrl`, signed as Standard Webhooks say (webhook-id,
 * webhook-timestamp, webhook-signature). Delivered at least once; query the order before relying on it.
 */
export const orderNoticeSchema = z
  .object({
    type: z.enum(['order.paid', 'order.closed', 'order.refunded']),
    timestamp: instantSchema,
    data: z.object({
      schoolId: z.string(),
      orderId: idSchema,
      orderNo: orderNoSchema,
      amountFen: z.int().describe('Of the payment, or of the refund'),
      refundNo: orderNoSchema.nullable(),
    }),
  })
  .meta({ id: 'OrderNotice' })
export type OrderNotice = z.infer<typeof orderNoticeSchema>
