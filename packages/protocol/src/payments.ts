import { z } from 'zod'
import { type ErrorCode, errorTable } from './errors.ts'
import {
  amountFenSchema,
  channelSchema,
  idSchema,
  instantSchema,
  orderNoSchema,
  payMeansSchema,
  personClassSchema,
  sentencesSchema,
} from './shapes.ts'

/**
 * - `PAID` money moved; final unless reversed or refunded.
 * - `REFUSED` nothing moved and never will for this order.
 * - `AWAITING_PASSWORD` the payer's phone asks for the payment password (R23); nothing has moved, and
 *   nothing will unless it is entered within the school's wait (45 s). Query again.
 * - `PROCESSING` the bank, the one-card system or WeChat is being asked; query again. With `confirmBy`,
 *   WeChat is asking its payer for WeChat's own password (R27).
 * - `UNKNOWN` they have not answered in time; a worker keeps asking. Never shown as failed. With `confirmBy`,
 *   WeChat's payer may be typing WeChat's password all the same.
 * - `REVERSING` a reversal is under way at the bank or the one-card system.
 * - `REVERSED` net zero, also for an order that had not arrived yet.
 */
export const paymentStatusSchema = z.enum([
  'PAID',
  'REFUSED',
  'AWAITING_PASSWORD',
  'PROCESSING',
  'UNKNOWN',
  'REVERSING',
  'REVERSED',
])
export type PaymentStatus = z.infer<typeof paymentStatusSchema>

/** What a card or an enrolled face is called, by whoever reads it; to us no more than a name. */
export const payTokenValueSchema = z.string().regex(/^[ -~]{1,128}$/)

/** R29: of a card that was swiped, or a face that the terminal knew. */
export const payTokenSchema = z
  .strictObject({
    kind: z.enum(['card', 'face']),
    value: payTokenValueSchema.describe('What the reader gave, untouched: printable ASCII'),
  })
  .meta({ id: 'PayToken' })
export type PayToken = z.infer<typeof payTokenSchema>

/** What pays: a code that was scanned, or a card or face that the terminal has read (R29). */
export type Presented = { code: string; token?: undefined } | { code?: undefined; token: PayToken }

/** R33: a terminal asks for money. The same number with the same content gets the same answer. */
export type PayRequest = { orderNo: string; amountFen: number } & Presented

export const payRequestSchema = z
  .strictObject({
    orderNo: orderNoSchema,
    amountFen: amountFenSchema.describe('List price in fen, before the price rule'),
    code: z.string().max(512).optional().describe('What the scanner read, untouched'),
    token: payTokenSchema.optional(),
  })
  .refine((body): body is PayRequest => (body.code === undefined) !== (body.token === undefined), {
    path: ['code'],
    error: 'a code or a token, and not both',
  })
  .meta({ id: 'PayRequest', oneOf: [{ required: ['code'] }, { required: ['token'] }] })

/** R4: the rule that turned the list price into the amount charged. */
export const appliedRuleSchema = z
  .object({ name: sentencesSchema, changeFen: z.int().describe('amountFen − listFen') })
  .meta({ id: 'AppliedRule' })
export type AppliedRule = z.infer<typeof appliedRuleSchema>

export const refusalSchema = z
  .object({
    code: z.enum(Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]]),
    message: sentencesSchema,
  })
  .meta({ id: 'Refusal' })

/** An order as its terminal sees it: class and masked name, never the card number (R4). */
export const paymentSchema = z
  .object({
    orderNo: orderNoSchema,
    paymentId: idSchema,
    status: paymentStatusSchema,
    listFen: z.int().nullable().describe('null only for a reversal that came before its order'),
    amountFen: z.int().nullable().describe('Charged after the price rule'),
    rule: appliedRuleSchema.nullable(),
    payer: z.object({ class: personClassSchema, maskedName: z.string() }).nullable(),
    means: payMeansSchema
      .nullable()
      .describe('R29: what was presented; null only for a reversal that came before its order'),
    channel: channelSchema.nullable().describe('R13: null until money moved'),
    refundedFen: z.int(),
    refusal: refusalSchema.nullable(),
    createdAt: instantSchema,
    settledAt: instantSchema.nullable(),
    confirmBy: instantSchema
      .nullable()
      .describe(
        "While a password is awaited, ours (R23) or WeChat's (R27): until when it may be entered",
      ),
  })
  .meta({ id: 'Payment' })
export type Payment = z.infer<typeof paymentSchema>

export const reverseRequestSchema = z.strictObject({}).meta({ id: 'ReverseRequest' })

export const refundRequestSchema = z
  .strictObject({ refundNo: orderNoSchema, amountFen: amountFenSchema })
  .meta({ id: 'RefundRequest' })

export const refundSchema = z
  .object({
    orderNo: orderNoSchema,
    refundNo: orderNoSchema,
    status: z
      .enum(['REFUNDED', 'PROCESSING', 'DECLINED'])
      .describe('DECLINED: nothing came back and never will under this number'),
    amountFen: amountFenSchema,
    channel: channelSchema,
    createdAt: instantSchema,
    settledAt: instantSchema.nullable(),
  })
  .meta({ id: 'Refund' })
export type Refund = z.infer<typeof refundSchema>

/** What a terminal shows of itself, and the core's clock to check its own against. */
export const terminalSelfSchema = z
  .object({
    terminalId: idSchema,
    name: z.string(),
    merchant: z.object({ id: idSchema, name: z.string() }),
    school: z.object({ id: z.string(), name: z.string() }),
    serverTime: instantSchema,
  })
  .meta({ id: 'TerminalSelf' })
export type TerminalSelf = z.infer<typeof terminalSelfSchema>
