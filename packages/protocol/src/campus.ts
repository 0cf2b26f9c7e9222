import { z } from 'zod'
import { personClassSchema, schoolIdSchema, sentencesSchema } from './shapes.ts'

/** R4: how a merchant's price differs by class; permille of the list price, rounded half up to a fen. */
export const priceRuleSchema = z
  .strictObject({
    class: personClassSchema,
    permille: z
      .int()
      .min(0)
      .max(3000)
      .describe('900 is ten per cent off; 1150 a fifteen per cent surcharge'),
    name: sentencesSchema,
  })
  .meta({ id: 'PriceRule' })
export type PriceRule = z.infer<typeof priceRuleSchema>

/** A school as `npm run ecode -- import-campus FILE` takes it. Keys and secrets are made by the core. */
export const campusSchema = z
  .strictObject({
    school: z.strictObject({
      id: schoolIdSchema,
      name: z.string().min(1).max(60),
      nameEn: z.string().min(1).max(60),
      accent: z.string().regex(/^#[0-9a-f]{6}$/),
      supportContact: z.string().max(120),
      origins: z.array(z.url()).describe("Origins of the school's pages"),
    }),
    people: z.array(
      z.strictObject({
        cardNo: z.string().min(1).max(32),
        name: z.string().min(1).max(60),
        class: personClassSchema,
        phone: z
          .string()
          .regex(/^\d{6,15}$/)
          .optional(),
        campus: z.string().optional(),
        claimed: z.boolean().default(true),
        urgeAgreement: z
          .boolean()
          .default(false)
          .describe("R14: one of the school's groups that are urged to sign, as it stands now"),
        oneCard: z.boolean().default(true).describe('Has a one-card account at the vendor'),
        wallet: z
          .strictObject({
            bankCard: z
              .strictObject({
                token: z.string().describe("The bank's token for the card"),
                bankName: z.string(),
                tail: z.string().regex(/^\d{4}$/),
              })
              .optional(),
            topUpFen: z.int().min(0).default(0).describe('First top-up, taken from the bound card'),
          })
          .optional(),
      }),
    ),
    merchants: z.array(
      z.strictObject({
        key: z.string().describe('Names the merchant within this file'),
        name: z.string().min(1).max(60),
        priceRules: z.array(priceRuleSchema).default([]),
        terminals: z.array(z.strictObject({ name: z.string().min(1).max(60) })),
      }),
    ),
  })
  .meta({ id: 'Campus' })
export type Campus = z.infer<typeof campusSchema>
