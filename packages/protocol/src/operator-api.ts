import { z } from 'zod'
import { campusSchema } from './campus.ts'
import { defineRoutes } from './route.ts'
import { doneSchema, idSchema, instantSchema } from './shapes.ts'

// What an operator's own tools call (R35), signed as every call to the core, under a key that the core is configured
// with. The commands of `npm run ecode` do the same beside the core.

/** All of a school but its people, who come row by row. */
export const newSchoolSchema = campusSchema
  .omit({ people: true })
  .extend({ accessPolicies: campusSchema.shape.accessPolicies })
  .meta({ id: 'NewSchool' })
export type NewSchool = z.infer<typeof newSchoolSchema>

/** Everything that is told once: of secrets a hash or a sealed copy stays. */
export const createdSchoolSchema = z
  .object({
    schoolId: z.string(),
    secret: z.string().describe('With which the school’s server opens sessions'),
    merchants: z.array(z.object({ id: idSchema, name: z.string() })),
    terminals: z.array(
      z.object({
        id: idSchema,
        name: z.string().optional(),
        merchantId: idSchema,
        keyId: z.string(),
        secret: z.string(),
        webhookSecret: z.string().optional(),
        collectionUrl: z.url().optional(),
      }),
    ),
    gates: z.array(
      z.object({ id: idSchema, name: z.string(), keyId: z.string(), secret: z.string() }),
    ),
  })
  .meta({ id: 'CreatedSchool' })
export type CreatedSchool = z.infer<typeof createdSchoolSchema>

/** What a school may change of itself. Nothing here has a default: what is left out stays. */
const schoolShape = campusSchema.shape.school
export const schoolSettingsSchema = schoolShape
  .omit({ id: true, accessAlgorithm: true })
  .extend({
    faceAtBinding: schoolShape.shape.faceAtBinding.unwrap(),
    collectionChannels: schoolShape.shape.collectionChannels
      .unwrap()
      .describe('R24: all that there are to be; empty: the school’s own app alone'),
    webhookUrl: schoolShape.shape.webhookUrl.unwrap().nullable().describe('R41: null ends it'),
  })
  .partial()
  .meta({ id: 'SchoolSettings' })
export type SchoolSettings = z.infer<typeof schoolSettingsSchema>

export const tableSchema = z.enum(['people', 'merchants', 'terminals'])
export type Table = z.infer<typeof tableSchema>
/** As many rows at a time; a table of more goes in parts. */
export const TABLE_ROWS_MAX = 500

export const importRowsSchema = z
  .strictObject({
    table: tableSchema,
    dryRun: z.boolean().default(false),
    rows: z
      .array(z.record(z.string().max(40), z.string().max(2_000)))
      .min(1)
      .max(TABLE_ROWS_MAX)
      .describe('Cells by column, all of them text, as in a CSV file (docs/onboarding.md)'),
  })
  .meta({ id: 'ImportRows' })

export const rowReasonSchema = z.enum([
  'FORM',
  'COLUMNS',
  'TWICE',
  'TOKEN_TWICE',
  'TOKENS_APART',
  'NAME_MISSING',
  'HAS_LEFT',
  'MERCHANT_UNKNOWN',
  'KIND_FIXED',
  'SHOWER_HAS_TARIFF',
])
export type RowReason = z.infer<typeof rowReasonSchema>

export const rowOutcomeSchema = z
  .object({
    line: z.int().describe('Of the row, from 1; in a file the header is 1'),
    outcome: z.enum(['added', 'changed', 'same', 'closed', 'refused']),
    reason: rowReasonSchema.optional().describe('Of a refused row'),
    fields: z
      .array(z.string())
      .optional()
      .describe('The columns that are wrong, never what stands in them'),
  })
  .meta({ id: 'RowOutcome' })
export type RowOutcome = z.infer<typeof rowOutcomeSchema>

/** A terminal that is new or has got another address for notices, with its secrets, told once. */
export const givenTerminalSchema = z
  .object({
    id: idSchema,
    merchant: z.string(),
    name: z.string(),
    keyId: z.string().optional(),
    secret: z.string().optional(),
    webhookSecret: z.string().optional(),
    collectionUrl: z.string().optional(),
  })
  .meta({ id: 'GivenTerminal' })
export type GivenTerminal = z.infer<typeof givenTerminalSchema>

export const importedRowsSchema = z
  .object({ outcomes: z.array(rowOutcomeSchema), given: z.array(givenTerminalSchema) })
  .meta({ id: 'ImportedRows' })

/** The one before stays good beside the new one for so long; 0: it ends at once. */
export const graceSecondsSchema = z
  .int()
  .min(0)
  .max(30 * 86_400)
  .default(86_400)

export const rotateKeySchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.enum(['terminal', 'gate']),
      id: idSchema,
      graceSeconds: graceSecondsSchema,
    }),
    z.strictObject({ kind: z.literal('school'), graceSeconds: graceSecondsSchema }),
  ])
  .meta({ id: 'RotateKey' })
export const rotatedKeySchema = z
  .object({
    keyId: z.string().nullable().describe('A school’s secret has none'),
    secret: z.string().describe('Told once'),
    previousEndsAt: instantSchema,
  })
  .meta({ id: 'RotatedKey' })

/** Whether the one-card system answers as documented; of an account that nobody has, if none is named. */
export const oneCardCheckSchema = z
  .object({ reachable: z.boolean(), result: z.enum(['OK', 'NOT_SENT', 'UNKNOWN', 'REFUSED']) })
  .meta({ id: 'OneCardCheck' })

/** Five hundred people of a full row each, or a school of as many tills. */
const TABLE_BYTES_MAX = 256 * 1024

export const operatorRoutes = defineRoutes({
  createSchool: {
    method: 'POST',
    path: '/v1/operator/schools',
    summary:
      'A school with its merchants, price rules, terminals, gates and policies, all or nothing (R35)',
    body: newSchoolSchema,
    bodyBytesMax: TABLE_BYTES_MAX,
    answers: { 201: createdSchoolSchema },
    errors: ['SCHOOL_EXISTS', 'SCHOOL_NOT_SOUND', 'SIGNATURE_REPLAYED'],
  },
  changeSchool: {
    method: 'PUT',
    path: '/v1/operator/schools/:schoolId',
    summary:
      'Changes name, colour, origins, contact, webhooks and the rest; what is left out stays',
    body: schoolSettingsSchema,
    answers: { 200: doneSchema },
    errors: ['SCHOOL_UNKNOWN', 'SIGNATURE_REPLAYED'],
  },
  importRows: {
    method: 'POST',
    path: '/v1/operator/schools/:schoolId/rows',
    summary:
      'Part of a table of people, merchants or terminals; bad rows are named, good ones are in',
    body: importRowsSchema,
    bodyBytesMax: TABLE_BYTES_MAX,
    answers: { 200: importedRowsSchema },
    errors: ['SCHOOL_UNKNOWN', 'SIGNATURE_REPLAYED'],
  },
  rotateKey: {
    method: 'POST',
    path: '/v1/operator/schools/:schoolId/keys/rotate',
    summary: 'A new key beside which the one before stays good for a while; never three',
    body: rotateKeySchema,
    answers: { 200: rotatedKeySchema },
    errors: ['KEY_OWNER_UNKNOWN', 'SIGNATURE_REPLAYED'],
  },
  checkOneCard: {
    method: 'POST',
    path: '/v1/operator/one-card/check',
    summary: 'Asks the one-card system for a balance, and changes nothing',
    body: z
      .strictObject({ account: z.string().min(1).max(64).optional() })
      .meta({ id: 'CheckOneCard' }),
    answers: { 200: oneCardCheckSchema },
    errors: [],
  },
})
