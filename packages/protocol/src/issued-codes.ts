import { z } from 'zod'
import { accountSchema, idSchema, instantSchema } from './shapes.ts'

/** Asks for a code drawn by the core, where the phone has no enrolled key. */
export const issueCodeSchema = z
  .strictObject({
    account: accountSchema,
    revealed: z
      .boolean()
      .default(false)
      .describe('The digits are shown on screen, so paying will ask for the payment password'),
    keepEarlier: z
      .boolean()
      .default(false)
      .describe('The page renews its code by itself: the one before lives out its minute (R18)'),
  })
  .meta({ id: 'IssueCode' })

/** Source: docs/codes.md, "Issued codes". */
export const issuedCodeSchema = z
  .object({
    codeId: idSchema.describe('Names the code in events, so that the digits never travel again'),
    code: z.string().regex(/^71\d{22}$/),
    account: accountSchema,
    revealed: z.boolean(),
    issuedAt: instantSchema,
    expiresAt: instantSchema,
  })
  .meta({ id: 'IssuedCode' })
export type IssuedCode = z.infer<typeof issuedCodeSchema>
