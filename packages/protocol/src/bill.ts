import { z } from 'zod'
import { appliedRuleSchema, paymentStatusSchema, refusalSchema } from './payments.ts'
import { channelSchema, idSchema, instantSchema, payMeansSchema } from './shapes.ts'

export const billKindSchema = z.enum(['payment', 'refund', 'reversal', 'top_up', 'withdrawal'])
export type BillKind = z.infer<typeof billKindSchema>

/** R17: one line of the bill. Amounts are positive; `direction` says which way. */
export const billEntrySchema = z
  .object({
    entryId: idSchema.describe('Of a transfer: its transferId'),
    paymentId: idSchema.describe('Of the payment, or of the transfer itself'),
    kind: billKindSchema,
    direction: z.enum(['out', 'in']),
    status: paymentStatusSchema
      .or(z.enum(['REFUNDED', 'SUCCEEDED', 'DECLINED']))
      .describe('Transfers: as in Transfer; the others as in Payment'),
    at: instantSchema,
    merchantName: z.string().nullable(),
    terminalName: z.string().nullable(),
    means: payMeansSchema.nullable().describe('R29: what paid was presented as; transfers: null'),
    channel: channelSchema.nullable(),
    cardTail: z.string().nullable().describe('Last four digits of the bank card, if it paid'),
    listFen: z.int().nullable(),
    rule: appliedRuleSchema.nullable(),
    amountFen: z.int(),
    orderNo: z.string().nullable(),
    refusal: refusalSchema.nullable(),
    litresMl: z.int().optional().describe('R26: of a shower, what was charged for, in millilitres'),
  })
  .meta({ id: 'BillEntry' })
export type BillEntry = z.infer<typeof billEntrySchema>

export const billPageSchema = z
  .object({
    month: z.string().regex(/^\d{4}-\d{2}$/),
    outFen: z.int().nullable().describe('Paid or withdrawn in the month; null on following pages'),
    inFen: z
      .int()
      .nullable()
      .describe('Returned or topped up in the month; null on following pages'),
    entries: z.array(billEntrySchema),
    next: z.string().nullable().describe('Cursor of the following page'),
  })
  .meta({ id: 'BillPage' })
export type BillPage = z.infer<typeof billPageSchema>

/** R17: narrows a month. The sums are of what is left. */
export const billFilterSchema = z.object({
  kind: billKindSchema.optional(),
  channel: channelSchema.optional(),
  search: z
    .string()
    .trim()
    .min(1)
    .max(40)
    .optional()
    .describe('Part of a merchant’s or till’s name, or a whole order number'),
})
export type BillFilter = z.infer<typeof billFilterSchema>

/** A month is Asia/Shanghai, as a day is (R15). */
export const billQuerySchema = billFilterSchema.extend({
  month: z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/),
  cursor: z.string().max(128).optional(),
})
