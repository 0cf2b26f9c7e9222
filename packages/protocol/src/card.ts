import { z } from 'zod'
import { personClassSchema, schoolIdSchema } from './shapes.ts'

/** R2, R6: the life of an e-card. */
export const cardStatusSchema = z.enum(['unclaimed', 'active', 'locked', 'closed'])
export type CardStatus = z.infer<typeof cardStatusSchema>

/** What the Card screen draws. Names and numbers arrive masked. */
export const cardSchema = z
  .object({
    status: cardStatusSchema,
    maskedName: z.string().describe('林*夏'),
    maskedCardNo: z.string().describe('2023••••417'),
    class: personClassSchema,
    school: z.object({
      id: schoolIdSchema,
      name: z.string(),
      nameEn: z.string(),
      accent: z
        .string()
        .regex(/^#[0-9a-f]{6}$/)
        .describe('Theme colour'),
      supportContact: z.string().describe('Card office, as the school words it'),
    }),
    campus: z.string().nullable(),
  })
  .meta({ id: 'Card' })
export type Card = z.infer<typeof cardSchema>

/** R2(a): the school's server asserted the number when it opened the session, so claiming is consent. */
export const claimCardSchema = z
  .strictObject({ consent: z.literal(true) })
  .meta({ id: 'ClaimCard' })

/** The full number, fetched when the person taps to reveal it. */
export const cardNumberSchema = z.object({ cardNo: z.string() }).meta({ id: 'CardNumber' })
