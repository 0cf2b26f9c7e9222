import { z } from 'zod'
import { billEntrySchema } from './bill.ts'
import { defineRoutes } from './route.ts'
import { accountSchema, amountFenSchema, orderNoSchema, sentencesSchema } from './shapes.ts'

/** R24, R25: what the person scanned, or the digits printed below it. It never travels in an address. */
export const collectionRefSchema = z.union([
  z.strictObject({ link: z.string().max(512).describe('What the scanner read, untouched') }),
  z.strictObject({
    number: z
      .string()
      .regex(/^\d{10}$/)
      .describe('The number printed below the code'),
  }),
])
export type CollectionRef = z.infer<typeof collectionRefSchema>

/** R24: whom the code pays, as the core knows it and not as the code says. */
export const collectionSchema = z
  .object({
    collectionNo: z.string().regex(/^\d{10}$/),
    merchantName: z.string(),
    terminalName: z.string(),
    campus: z.string().nullable().describe('Where it is (R40)'),
    rule: z
      .object({ name: sentencesSchema, permille: z.int() })
      .nullable()
      .describe('R4: the merchant’s price rule for this person’s class'),
    leftTodayFen: z.int().describe('R15: what static codes may still take from this person today'),
  })
  .meta({ id: 'Collection' })
export type Collection = z.infer<typeof collectionSchema>

export const payCollectionSchema = z
  .strictObject({
    paymentNo: orderNoSchema.describe('Made and kept by the page before the first send'),
    collection: collectionRefSchema,
    amountFen: amountFenSchema.describe('Before the price rule'),
    account: accountSchema,
  })
  .meta({ id: 'PayCollection' })

/** What a person does at a merchant's printed code; part of the person routes. */
export const collectionRoutes = defineRoutes({
  resolveCollection: {
    method: 'POST',
    path: '/collections/resolve',
    summary: 'Whom a collection code pays (R24); changes nothing',
    body: collectionRefSchema,
    answers: { 200: collectionSchema },
    errors: ['COLLECTION_UNKNOWN', 'MERCHANT_NOT_ACCEPTING', 'RATE_LIMITED'],
    scope: 'collection',
  },
  payCollection: {
    method: 'POST',
    path: '/collections/payments',
    summary: 'Begins a payment to a collection code; it waits for the password (R24)',
    body: payCollectionSchema,
    answers: { 202: billEntrySchema },
    errors: [
      'AMOUNT_INVALID',
      'COLLECTION_UNKNOWN',
      'CARD_NOT_CLAIMED',
      'CARD_LOCKED',
      'CARD_CLOSED',
      'ACCOUNT_NOT_OPEN',
      'OVER_SINGLE_LIMIT',
      'OVER_DAILY_LIMIT',
      'OVER_STATIC_LIMIT',
      'PASSWORD_REQUIRED',
      'PASSWORD_LOCKED',
      'INSUFFICIENT_FUNDS',
      'MERCHANT_NOT_ACCEPTING',
      'TERMINAL_DISABLED',
      'ORDER_NO_REUSED',
      'RATE_LIMITED',
    ],
    scope: 'collection',
  },
})
