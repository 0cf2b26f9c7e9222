import { z } from 'zod'
import { CREDENTIAL_LIFETIME_MINUTES_MAX } from './access-code.ts'
import { accessPurposeSchema } from './access-policy.ts'
import { accessRefusalCodes } from './access-refusals.ts'
import { base64UrlSchema, idSchema, instantSchema, personClassSchema } from './shapes.ts'

/** R30–R32, R40: the access screen's side. Gates speak by gate-api.ts. */

/** What the person may show a code for now; doors and libraries have context 0. */
export const accessContextSchema = z
  .object({
    purpose: accessPurposeSchema,
    context: z.int().min(0).max(65_535),
    title: z.string().nullable().describe('Of the meeting or session'),
    place: z.string().nullable(),
    endsAt: instantSchema.nullable(),
  })
  .meta({ id: 'AccessContext' })
export type AccessContext = z.infer<typeof accessContextSchema>

/** R32: how far the end of the person's credentials has got. */
export const lockReachSchema = z
  .object({
    at: instantSchema,
    reason: z.enum([
      'card_locked',
      'card_closed',
      'device_removed',
      'consent_withdrawn',
      'changed',
      'signed_out',
    ]),
    gateCount: z.int().describe('Gates in use at the school'),
    reachedCount: z.int().describe('Those that hold a list with it'),
    waiting: z
      .array(z.object({ name: z.string(), lastContactAt: instantSchema.nullable() }))
      .max(20)
      .describe('Gates that do not know yet, longest silent first'),
  })
  .meta({ id: 'LockReach' })
export type LockReach = z.infer<typeof lockReachSchema>

export const accessOverviewSchema = z
  .object({
    consented: z.boolean().describe('R42: to keeping when and where gates are passed'),
    contexts: z.array(accessContextSchema).describe('What applies to the person, doors first'),
    places: z
      .array(
        z.object({
          purpose: accessPurposeSchema,
          campus: z.string().nullable(),
          zone: z.string().describe('For example 图书馆'),
        }),
      )
      .describe('Where the person may go at some time, so that a scene says where it works (R40)'),
    mayGather: z.boolean().describe('May open meetings and attendance sessions'),
    revocation: lockReachSchema
      .nullable()
      .describe('The last one, until all gates know or its credential has ended'),
    serverTime: instantSchema,
  })
  .meta({ id: 'AccessOverview' })
export type AccessOverview = z.infer<typeof accessOverviewSchema>

export const startCredentialSchema = z
  .strictObject({
    publicKey: base64UrlSchema
      .length(44)
      .describe('P-256 point, compressed (33 bytes), base64url; fresh for each credential'),
    label: z
      .string()
      .min(1)
      .max(60)
      .regex(/^[^\p{Cc}\p{Cs}]+$/u)
      .describe('What the person will recognise the phone by'),
    replaces: idSchema.optional().describe('The same page’s earlier credential, which then ends'),
    consent: z.literal(true).optional().describe('R42: given now; needed unless it stands'),
  })
  .meta({ id: 'StartCredential' })

export const credentialSchema = z
  .object({
    credentialId: idSchema,
    credential: base64UrlSchema.length(147).describe('110 bytes: docs/codes.md, "Access code"'),
    notBefore: instantSchema,
    expiresAt: instantSchema.describe(`At most ${CREDENTIAL_LIFETIME_MINUTES_MAX} minutes later`),
    renewAt: instantSchema.describe('From then on ask for a new one when there is a network'),
    serverTime: instantSchema,
  })
  .meta({ id: 'Credential' })
export type Credential = z.infer<typeof credentialSchema>

/** R5: for authorised verifiers, never payable. */
export const identityCodeSchema = z
  .object({
    codeId: idSchema,
    code: z.string().regex(/^72\d{22}$/),
    issuedAt: instantSchema,
    expiresAt: instantSchema,
  })
  .meta({ id: 'IssuedIdentityCode' })
export type IssuedIdentityCode = z.infer<typeof identityCodeSchema>

/** One passage, or one refusal, as the person sees it. Kept for 90 days (R42). */
export const accessRecordSchema = z
  .object({
    recordId: idSchema,
    at: instantSchema,
    gateName: z.string(),
    campus: z.string().nullable(),
    zone: z.string(),
    purpose: accessPurposeSchema,
    title: z.string().nullable().describe('Of the meeting or session'),
    result: z.enum(['opened', 'refused']),
    refusal: z.enum(accessRefusalCodes).nullable(),
    replayed: z
      .boolean()
      .describe('The same code was used at another gate as well (R31): someone may have copied it'),
  })
  .meta({ id: 'AccessRecord' })
export type AccessRecord = z.infer<typeof accessRecordSchema>

export const accessRecordPageSchema = z
  .object({ records: z.array(accessRecordSchema), next: z.string().nullable() })
  .meta({ id: 'AccessRecordPage' })
export type AccessRecordPage = z.infer<typeof accessRecordPageSchema>

export const recordQuerySchema = z.object({ cursor: z.string().max(128).optional() })

/** R30: a meeting to sign in to, or a session whose attendance is taken. */
export const startGatheringSchema = z
  .strictObject({
    gatheringId: idSchema.describe('Made by the page: repeating is harmless'),
    purpose: z.enum(['meeting', 'attendance']),
    title: z
      .string()
      .min(1)
      .max(60)
      .regex(/^[^\p{Cc}\p{Cs}]+$/u),
    zone: z.string().min(1).max(60).describe('Whose gates read the codes'),
    minutes: z.int().min(1).max(720),
    classes: z.array(personClassSchema).min(1).describe('Who may sign in …'),
    groups: z
      .array(z.string().min(1).max(40))
      .max(20)
      .default([])
      .describe('… only these groups, unless empty'),
  })
  .meta({ id: 'StartGathering' })

export const gatheringSchema = z
  .object({
    gatheringId: idSchema,
    context: z.int().min(1).max(65_535),
    purpose: z.enum(['meeting', 'attendance']),
    title: z.string(),
    zone: z.string(),
    startsAt: instantSchema,
    endsAt: instantSchema,
    attendeeCount: z.int(),
  })
  .meta({ id: 'Gathering' })
export type Gathering = z.infer<typeof gatheringSchema>

export const gatheringListSchema = z
  .object({
    gatherings: z.array(gatheringSchema).describe('Own, newest first, of the last 90 days'),
    zones: z.array(z.string()).describe('Where one may be held'),
    groups: z.array(z.string()).describe('Groups one may be held for'),
  })
  .meta({ id: 'GatheringList' })
export type GatheringList = z.infer<typeof gatheringListSchema>

/** For its organiser, who takes attendance of people he or she teaches: names in full. */
export const gatheringRecordsSchema = z
  .object({
    gathering: gatheringSchema,
    attendees: z
      .array(
        z.object({
          name: z.string(),
          maskedCardNo: z.string(),
          firstAt: instantSchema,
          replayed: z.boolean().describe('The same code was shown twice: look closer'),
        }),
      )
      .describe('By name'),
  })
  .meta({ id: 'GatheringRecords' })
export type GatheringRecords = z.infer<typeof gatheringRecordsSchema>
