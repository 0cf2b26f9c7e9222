import { z } from 'zod'
import { personClassSchema } from './shapes.ts'

/**
 * What the one-card system knows of people (R2b): who holds a card number, and whether a campus-card password is
 * theirs. Called as the debit port is, at the same address; number and password travel in bodies alone.
 */
const cardNoSchema = z.string().min(1).max(32)

export const personLookupSchema = z
  .strictObject({ cardNo: cardNoSchema })
  .meta({ id: 'PersonLookup' })
export const cardHolderSchema = z
  .object({
    cardNo: z.string(),
    name: z.string().describe('In full, as the card office has it'),
    class: personClassSchema,
    left: z.boolean().describe('Holds the number no more'),
  })
  .meta({ id: 'CardHolder' })
export type CardHolder = z.infer<typeof cardHolderSchema>

export const passwordCheckSchema = z
  .strictObject({ cardNo: cardNoSchema, password: z.string().min(1).max(64) })
  .meta({ id: 'PasswordCheck' })
/** A wrong password, a locked one and a number that nobody has are told alike. */
export const checkedPasswordSchema = z
  .object({ cardNo: z.string(), matches: z.boolean() })
  .meta({ id: 'CheckedPassword' })

export const peoplePortPaths = {
  lookUp: '/v1/people/look-ups', // POST PersonLookup → 200 CardHolder | 404 ACCOUNT_UNKNOWN
  checkPassword: '/v1/password-checks', // POST PasswordCheck → 200 CheckedPassword
} as const
