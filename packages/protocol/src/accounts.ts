import { z } from 'zod'
import { accountSchema, balanceFenSchema, instantSchema } from './shapes.ts'

/** R7, R8: one of the two accounts; the one-card system being down leaves the wallet untouched. */
export const accountStateSchema = z
  .object({
    account: accountSchema,
    status: z.enum(['open', 'not_open', 'closed', 'unavailable']),
    balanceFen: balanceFenSchema.nullable().describe('null when unavailable or not open'),
    asOf: instantSchema.nullable(),
  })
  .meta({ id: 'AccountState' })
export type AccountState = z.infer<typeof accountStateSchema>

/** Both accounts, what is charged first, and what the day still allows. */
export const accountsSchema = z
  .object({
    accounts: z.array(accountStateSchema),
    defaultAccount: accountSchema,
    fallbackCard: z
      .object({ bankName: z.string(), tail: z.string().regex(/^\d{4}$/) })
      .nullable()
      .describe('R13: the bound card charged in full when the wallet is short'),
    limits: z.object({
      singleFen: balanceFenSchema,
      dailyFen: balanceFenSchema,
      spentTodayFen: balanceFenSchema,
    }),
  })
  .meta({ id: 'Accounts' })
export type Accounts = z.infer<typeof accountsSchema>

export const chooseDefaultAccountSchema = z
  .strictObject({ account: accountSchema })
  .meta({ id: 'ChooseDefaultAccount' })
