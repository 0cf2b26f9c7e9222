import { utilityKindSchema } from '@campus-ecode/protocol/utilities'
import { z } from 'zod'
import { knownCardSchema } from './bank-gateway/known-card.ts'
import { knownHolderSchema } from './external-account/people-book.ts'

/** What the outside world keeps to begin with: money by account, and at the bank whose it is. */
export const outsideAccountsSchema = z.strictObject({
  bank: z.array(
    z.strictObject({
      account: z.string().min(1).max(64),
      balanceFen: z.int().min(0),
      card: knownCardSchema.optional().describe('A card that can be bound'),
    }),
  ),
  oneCard: z.array(
    z.strictObject({ account: z.string().min(1).max(64), balanceFen: z.int().min(0) }),
  ),
  cardHolders: z
    .array(knownHolderSchema)
    .default([])
    .describe('Whom the one-card office knows, with their campus-card passwords'),
  utilities: z
    .array(
      z.strictObject({
        utility: utilityKindSchema,
        campus: z.string().optional().describe('Where it is; anywhere when left out'),
        accountNo: z.string().min(1).max(40),
        label: z.string(),
        balanceFen: z.int(),
        tellsBalance: z.boolean().default(true),
      }),
    )
    .default([]),
})
export type OutsideAccounts = z.infer<typeof outsideAccountsSchema>
