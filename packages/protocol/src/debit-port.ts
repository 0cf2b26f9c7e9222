import { z } from 'zod'
import { amountFenSchema, instantSchema } from './shapes.ts'

/**
 * How the core takes money from an account somebody else keeps: a bank card (R13) or the one-card
 * balance (R7). Bank and one-card vendor implement the same five calls, signed as everything is
 * (RFC 9421). `reference` is made by the core before the first send and never changes for an order:
 * the same reference with the same content must give the same answer, however often it is sent.
 */
export const debitRequestSchema = z
  .strictObject({
    reference: z.string().regex(/^[A-Za-z0-9-]{8,64}$/),
    account: z
      .string()
      .min(1)
      .max(64)
      .describe("Bank: the bound card's token. One-card: the card number"),
    amountFen: amountFenSchema,
    memo: z.string().max(60).describe("Shown on the holder's statement"),
  })
  .meta({ id: 'DebitRequest' })
export type DebitRequest = z.infer<typeof debitRequestSchema>

/** `PROCESSING`: asked, undecided; query later. `REVERSED`: net zero, for ever. */
export const debitStatusSchema = z.enum(['SUCCEEDED', 'DECLINED', 'PROCESSING', 'REVERSED'])

export const debitSchema = z
  .object({
    reference: z.string(),
    status: debitStatusSchema,
    amountFen: z.int().nullable().describe('null for a reversal that came before its debit'),
    declineReason: z
      .enum(['INSUFFICIENT_FUNDS', 'ACCOUNT_CLOSED', 'OVER_LIMIT', 'OTHER'])
      .nullable(),
    at: instantSchema,
  })
  .meta({ id: 'Debit' })
export type Debit = z.infer<typeof debitSchema>

export const debitRefundRequestSchema = z
  .strictObject({
    refundReference: z.string().regex(/^[A-Za-z0-9-]{8,64}$/),
    amountFen: amountFenSchema,
  })
  .meta({ id: 'DebitRefundRequest' })

export const debitRefundSchema = z
  .object({
    reference: z.string(),
    refundReference: z.string(),
    status: z.enum(['SUCCEEDED', 'PROCESSING', 'DECLINED']),
    amountFen: z.int(),
    at: instantSchema,
  })
  .meta({ id: 'DebitRefund' })
export type DebitRefund = z.infer<typeof debitRefundSchema>

/** One-card only: a live balance. The number travels in the body, never in an address. */
export const balanceRequestSchema = z
  .strictObject({ account: z.string() })
  .meta({ id: 'BalanceRequest' })
export const balanceAnswerSchema = z
  .object({ balanceFen: z.int(), asOf: instantSchema })
  .meta({ id: 'BalanceAnswer' })

/** What the outside system answers when it refuses a call itself. */
export const portErrorSchema = z
  .object({
    error: z.enum([
      'NOT_FOUND',
      'REFERENCE_REUSED',
      'ACCOUNT_UNKNOWN',
      'BAD_REQUEST',
      'UNAUTHORISED',
      'REFUND_EXCEEDS_DEBIT',
      'NOT_REVERSIBLE',
    ]),
  })
  .meta({ id: 'PortError' })

export const debitPortPaths = {
  debit: '/v1/debits', // POST DebitRequest → 200 Debit | 409 REFERENCE_REUSED | 404 ACCOUNT_UNKNOWN
  query: '/v1/debits/:reference', // GET → 200 Debit | 404 NOT_FOUND
  reverse: '/v1/debits/:reference/reverse', // POST {} → 200 Debit (REVERSED, also when never seen)
  refund: '/v1/debits/:reference/refunds', // POST DebitRefundRequest → 200 DebitRefund
  queryRefund: '/v1/debits/:reference/refunds/:refundReference', // GET → 200 DebitRefund | 404
  balance: '/v1/balances', // POST BalanceRequest → 200 BalanceAnswer (one-card only)
} as const
