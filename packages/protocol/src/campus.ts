import { z } from 'zod'
import {
  type AccessAlgorithm,
  accessAlgorithms,
  SHOWN_FUTURE_SECONDS,
  SHOWN_PAST_SECONDS,
} from './access-code.ts'
import { accessPurposeSchema, weeklyTimeSchema } from './access-policy.ts'
import { gatePermissionSchema } from './gate-api.ts'
import { payTokenValueSchema } from './payments.ts'
import { amountFenSchema, personClassSchema, schoolIdSchema, sentencesSchema } from './shapes.ts'
import { collectionChannelSchema, serviceIconSchema } from './sign-ins.ts'
import { utilityKindSchema } from './utilities.ts'

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

/** What is behind a key: a till, a merchant's server (R38), a shower controller (R26). */
export const terminalKindSchema = z.enum(['till', 'online', 'shower'])
export type TerminalKind = z.infer<typeof terminalKindSchema>

/** R26: what a shower costs, and what its pipe can give. */
export const waterTariffSchema = z
  .strictObject({
    fenPer10Litres: z.int().min(1).max(10_000).describe('Before the price rule'),
    holdFen: amountFenSchema.default(1_500),
    litresPerMinuteMax: z
      .int()
      .min(1)
      .max(200)
      .default(20)
      .describe('A controller that says more is not believed'),
  })
  .meta({ id: 'WaterTariff' })
export type WaterTariff = z.infer<typeof waterTariffSchema>

const groupSchema = z.string().min(1).max(40)
const tokensSchema = z.array(payTokenValueSchema).max(8).default([])

/** R30: who may go where, when; whoever meets one of them may go. Nobody may where there is none. */
export const accessPolicySchema = z
  .strictObject({
    name: z.string().min(1).max(60).describe('Named once in a school'),
    purposes: z.array(z.enum(['door', 'library'])).min(1),
    campuses: z
      .array(z.string())
      .default([])
      .describe('Where: all of what is given; empty: anywhere'),
    zones: z.array(z.string()).default([]),
    classes: z.array(personClassSchema).default([]).describe('Who: any of these classes …'),
    groups: z.array(groupSchema).default([]).describe('… or groups'),
    cardNos: z.array(z.string()).max(200).default([]).describe('… or single people'),
    week: z.array(weeklyTimeSchema).default([]).describe('When; empty: always'),
    from: z.iso.date().optional().describe('First day'),
    until: z.iso.date().optional().describe('Last day'),
  })
  .meta({ id: 'AccessPolicy' })
export type AccessPolicy = z.infer<typeof accessPolicySchema>

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
      webhookUrl: z
        .url({ protocol: /^https?$/ })
        .max(500)
        .optional()
        .describe(
          'R41: where its own server is told what happens to its people (docs/webhooks.md)',
        ),
      accessAlgorithm: z
        .enum(Object.keys(accessAlgorithms) as [AccessAlgorithm])
        .optional()
        .describe('Of the keys that gates believe; Ed25519 unless said before the first is made'),
      faceAtBinding: z
        .boolean()
        .default(false)
        .describe('R9: a wallet is opened, or opened again, only after a face check'),
      limitCeilingFaceFen: amountFenSchema
        .optional()
        .describe(
          'R15: how high the limits of those may be set who passed one; as for all if absent',
        ),
      collectionChannels: z
        .array(collectionChannelSchema)
        .default([])
        .describe(
          "R24: where merchants' printed codes are paid beside the school's own app; nowhere unless said",
        ),
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
        groups: z
          .array(groupSchema)
          .max(20)
          .default([])
          .describe('R30: as they stand now, for example 3号楼'),
        claimed: z.boolean().default(true),
        left: z
          .boolean()
          .default(false)
          .describe('R32, R42: has left the school: the card is closed'),
        urgeAgreement: z
          .boolean()
          .default(false)
          .describe("R14: one of the school's groups that are urged to sign, as it stands now"),
        cardTokens: tokensSchema.describe(
          'R29: what a reader gives for the cards that the person holds now; others of theirs end',
        ),
        faceTokens: tokensSchema.describe(
          'R29: what terminals call the enrolled face; of no use before the person agrees (R42)',
        ),
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
        campus: z.string().optional().describe('R40: where it is'),
        terminals: z.array(
          z.strictObject({
            name: z.string().min(1).max(60),
            kind: terminalKindSchema.default('till'),
            notifyUrl: z
              .url({ protocol: /^https?$/ })
              .max(500)
              .optional()
              .describe('Online: where notices about its orders go (R38)'),
            water: waterTariffSchema.optional().describe('Showers: what the water costs (R26)'),
          }),
        ),
      }),
    ),
    utilities: z
      .array(
        z.strictObject({
          kind: utilityKindSchema,
          name: z.string().min(1).max(60).describe('Named once in a school'),
          campus: z.string().optional().describe('R40: whose people see it; all without'),
          accountWord: sentencesSchema,
          merchantKey: z.string().describe('Who is paid'),
        }),
      )
      .default([])
      .describe('R39; those that are not here any more are switched off'),
    services: z
      .array(
        z.strictObject({
          id: z.string().regex(/^[a-z0-9-]{1,40}$/),
          name: sentencesSchema,
          icon: serviceIconSchema.default('link'),
          url: z
            .url({ protocol: /^https?$/ })
            .max(500)
            .describe('Gets the one-time ticket by a form, and asks the BFF whose it is'),
          native: z.string().max(200).optional().describe('A page of the host app, by its name'),
          campus: z.string().optional().describe('R40: whose people see it; all without'),
          classes: z.array(personClassSchema).default([]).describe('Empty: all'),
        }),
      )
      .max(60)
      .default([])
      .describe("R36: the school's other services, in the order of the grid; all of them"),
    gates: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(60),
          campus: z.string().optional(),
          zone: z.string().min(1).max(60),
          purposes: z.array(accessPurposeSchema).min(1),
          permissions: z.array(gatePermissionSchema).default([]),
          staleList: z
            .enum(['open', 'closed'])
            .default('closed')
            .describe('R31: what it does with a revocation list older than a day'),
          shownPastSeconds: z.int().min(1).max(300).default(SHOWN_PAST_SECONDS),
          shownFutureSeconds: z.int().min(0).max(300).default(SHOWN_FUTURE_SECONDS),
        }),
      )
      .default([])
      .describe('Named once in a school; those that are not here any more are disabled'),
    accessPolicies: z
      .array(accessPolicySchema)
      .max(400)
      .default([])
      .describe('All of them: those that are not here any more end'),
  })
  .meta({ id: 'Campus' })
export type Campus = z.infer<typeof campusSchema>
