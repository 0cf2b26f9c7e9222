import { z } from 'zod'
import { amountFenSchema, instantSchema } from './shapes.ts'

/**
 * What the core asks of the bank beyond debits (debit-port.ts), signed as everything is: is this card
 * this person's (R9), and pay money out to it (R12). References are made by the core and stay.
 */
const referenceSchema = z.string().regex(/^[A-Za-z0-9-]{8,64}$/)

/** The bank compares, and sends its SMS code to the reserved phone when all agrees. */
export const cardCheckRequestSchema = z
  .union([
    z.strictObject({
      reference: referenceSchema,
      name: z.string().min(1).max(60),
      idNumber: z.string().max(18),
      cardNo: z.string().regex(/^\d{12,19}$/),
      phone: z.string().regex(/^\d{6,15}$/),
    }),
    z.strictObject({
      reference: referenceSchema,
      account: z.string().min(1).max(64).describe('Token of a card bound before: only the SMS'),
    }),
  ])
  .meta({ id: 'CardCheckRequest' })
export type CardCheckRequest = z.infer<typeof cardCheckRequestSchema>

export const cardCheckSchema = z
  .object({
    reference: z.string(),
    result: z.enum(['SMS_SENT', 'MISMATCH', 'NOT_SUPPORTED', 'CARD_CLOSED']),
    differs: z
      .array(z.enum(['holder', 'card', 'phone']))
      .describe('MISMATCH: name and ID number; the card number; the reserved phone'),
    bankName: z.string().nullable(),
    tail: z
      .string()
      .regex(/^\d{4}$/)
      .nullable(),
    phoneTail: z
      .string()
      .regex(/^\d{4}$/)
      .nullable(),
  })
  .meta({ id: 'CardCheck' })
export type CardCheck = z.infer<typeof cardCheckSchema>

export const confirmCardCheckSchema = z
  .strictObject({ smsCode: z.string().regex(/^\d{6}$/) })
  .meta({ id: 'ConfirmCardCheck' })

/** Asked again with the same right code, the answer is the same. */
export const confirmedCardSchema = z
  .object({
    reference: z.string(),
    result: z.enum(['CONFIRMED', 'CODE_WRONG', 'CODE_EXPIRED', 'TRIES_EXHAUSTED']),
    account: z.string().nullable().describe("CONFIRMED: the bank's token for the card"),
  })
  .meta({ id: 'ConfirmedCard' })
export type ConfirmedCard = z.infer<typeof confirmedCardSchema>

export const payoutRequestSchema = z
  .strictObject({
    reference: referenceSchema,
    account: z.string().min(1).max(64),
    amountFen: amountFenSchema,
    memo: z.string().max(60),
  })
  .meta({ id: 'PayoutRequest' })
export type PayoutRequest = z.infer<typeof payoutRequestSchema>

/** `CANCELLED`: it never happened and never will. `PROCESSING`: accepted, undecided; query later. */
export const payoutSchema = z
  .object({
    reference: z.string(),
    status: z.enum(['SUCCEEDED', 'DECLINED', 'PROCESSING', 'CANCELLED']),
    amountFen: z.int().nullable().describe('null for a cancellation that came before its payout'),
    at: instantSchema,
  })
  .meta({ id: 'Payout' })
export type Payout = z.infer<typeof payoutSchema>

export const bankGatewayPaths = {
  checkCard: '/v1/card-checks', // POST CardCheckRequest → 200 CardCheck | 409 REFERENCE_REUSED
  confirmCard: '/v1/card-checks/:reference/confirm', // POST → 200 ConfirmedCard | 404 NOT_FOUND
  payOut: '/v1/payouts', // POST PayoutRequest → 200 Payout | 409 REFERENCE_REUSED | 404 ACCOUNT_UNKNOWN
  queryPayout: '/v1/payouts/:reference', // GET → 200 Payout | 404 NOT_FOUND
  cancelPayout: '/v1/payouts/:reference/cancel', // POST {} → 200 Payout: CANCELLED unless it was decided or is PROCESSING
} as const
