import { z } from 'zod'
import { billEntrySchema } from './bill.ts'
import { defineRoutes } from './route.ts'
import { amountFenSchema, idSchema, instantSchema, sentencesSchema } from './shapes.ts'

/** R39: what a dormitory pays for. */
export const utilityKindSchema = z.enum(['electricity', 'water', 'network'])
export type UtilityKind = z.infer<typeof utilityKindSchema>

const accountNoSchema = z
  .string()
  .trim()
  .min(1)
  .max(40)
  .describe('A room or an account as the utility knows it: 3-0412')

export const utilityAccountSchema = z
  .object({
    accountNo: accountNoSchema,
    label: z.string().min(1).max(100).describe('As the utility names it: 3号楼 412'),
    balanceFen: z.int().nullable().describe('null where the utility tells none; may be negative'),
  })
  .meta({ id: 'UtilityAccount' })
export type UtilityAccount = z.infer<typeof utilityAccountSchema>

export const utilitySchema = z
  .object({
    utilityId: idSchema,
    kind: utilityKindSchema,
    name: z.string(),
    accountWord: sentencesSchema.describe('What is asked for: 宿舍房间号, room number'),
    recent: z
      .array(z.object({ accountNo: z.string(), label: z.string() }))
      .describe('Topped up before by this person, newest first, at most three'),
  })
  .meta({ id: 'Utility' })
export type Utility = z.infer<typeof utilitySchema>

/**
 * - `AWAITING_PASSWORD` nothing has moved.
 * - `PROCESSING` paid; the utility has not yet confirmed.
 * - `CONFIRMED` the utility has it. `REFUNDED` it would not take it, and the money is back.
 * - `REFUSED` nothing moved.
 */
export const utilityTopUpSchema = z
  .object({
    topUpId: idSchema,
    utilityId: idSchema,
    name: z.string(),
    accountNo: z.string(),
    label: z.string(),
    status: z.enum(['AWAITING_PASSWORD', 'PROCESSING', 'CONFIRMED', 'REFUNDED', 'REFUSED']),
    entry: billEntrySchema,
    receipt: z.string().nullable().describe('The utility’s own number, or the electricity token'),
    createdAt: instantSchema,
  })
  .meta({ id: 'UtilityTopUp' })
export type UtilityTopUp = z.infer<typeof utilityTopUpSchema>

/** Utilities; part of the person routes. They are paid from the wallet, with the password. */
export const utilityRoutes = defineRoutes({
  getUtilities: {
    method: 'GET',
    path: '/utilities',
    summary: 'What the person’s campus has to top up (R39, R40)',
    answers: { 200: z.object({ utilities: z.array(utilitySchema) }).meta({ id: 'Utilities' }) },
    errors: [],
    scope: 'wallet',
  },
  findUtilityAccount: {
    method: 'POST',
    path: '/utilities/:utilityId/accounts',
    summary: 'A room or account by its number, with its balance; changes nothing',
    body: z.strictObject({ accountNo: accountNoSchema }).meta({ id: 'FindUtilityAccount' }),
    answers: { 200: utilityAccountSchema },
    errors: ['UTILITY_UNKNOWN', 'UTILITY_ACCOUNT_UNKNOWN', 'UTILITY_NOT_REACHABLE', 'RATE_LIMITED'],
    scope: 'wallet',
  },
  topUpUtility: {
    method: 'POST',
    path: '/utilities/:utilityId/top-ups',
    summary: 'Begins a top-up from the wallet; it waits for the password (R39)',
    body: z
      .strictObject({ topUpId: idSchema, accountNo: accountNoSchema, amountFen: amountFenSchema })
      .meta({ id: 'TopUpUtility' }),
    answers: { 202: utilityTopUpSchema },
    errors: [
      'AMOUNT_INVALID',
      'UTILITY_UNKNOWN',
      'UTILITY_ACCOUNT_UNKNOWN',
      'UTILITY_NOT_REACHABLE',
      'CARD_NOT_CLAIMED',
      'CARD_LOCKED',
      'CARD_CLOSED',
      'ACCOUNT_NOT_OPEN',
      'OVER_SINGLE_LIMIT',
      'OVER_DAILY_LIMIT',
      'PASSWORD_REQUIRED',
      'PASSWORD_LOCKED',
      'INSUFFICIENT_FUNDS',
      'TRANSFER_ID_REUSED',
      'RATE_LIMITED',
    ],
    scope: 'wallet',
  },
  getUtilityTopUp: {
    method: 'GET',
    path: '/utilities/top-ups/:topUpId',
    summary: 'What became of a top-up',
    answers: { 200: utilityTopUpSchema },
    errors: ['TRANSFER_NOT_FOUND'],
    scope: 'wallet',
  },
})
