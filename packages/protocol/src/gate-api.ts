import { z } from 'zod'
import { accessAlgorithms } from './access-code.ts'
import { accessPurposeSchema } from './access-policy.ts'
import { accessRefusalCodes } from './access-refusals.ts'
import { defineRoutes } from './route.ts'
import {
  base64UrlSchema,
  idSchema,
  instantSchema,
  personClassSchema,
  schoolIdSchema,
} from './shapes.ts'
import { signedDocumentSchema } from './signed-document.ts'

/** What gates ask and tell, signed like everything else between services (R31, R32). */

/** What a gate's key may do beyond opening. */
export const gatePermissionSchema = z.enum(['identity', 'records'])
export type GatePermission = z.infer<typeof gatePermissionSchema>

export const gateSelfSchema = z
  .object({
    schoolId: schoolIdSchema,
    gateId: idSchema,
    name: z.string(),
    campus: z.string().nullable(),
    zone: z.string(),
    purposes: z.array(accessPurposeSchema),
    permissions: z.array(gatePermissionSchema),
    serverTime: instantSchema,
  })
  .meta({ id: 'GateSelf' })
export type GateSelf = z.infer<typeof gateSelfSchema>

const seqSchema = z.coerce.number().int().min(0).max(0xffffffff)

/** What the gate has stored safely; the office sees from it how far a lock has reached. */
export const gateUpdateQuerySchema = z.object({
  list: seqSchema.default(0).describe('seq of the revocation list it holds; 0: none'),
  keys: seqSchema.default(0).describe('seq of its key set'),
  policy: seqSchema.default(0).describe('seq of its policy'),
  waitSeconds: z.coerce
    .number()
    .int()
    .min(0)
    .max(25)
    .default(0)
    .describe('Answer as soon as something is newer'),
})

/**
 * How to write the present list out of the one the gate holds. Not signed itself: the gate writes the new
 * list's payload and checks that list's own signature.
 */
export const listDeltaSchema = z
  .object({
    fromSeq: z.int(),
    header: base64UrlSchema.length(30).describe('The first 22 bytes of the new payload'),
    added: z.string().describe('Hashes, sorted, base64url; may be empty'),
    removed: z.string(),
    algorithm: z.enum(Object.keys(accessAlgorithms) as [keyof typeof accessAlgorithms]),
    keyId: z.int().min(0).max(255),
    signature: base64UrlSchema.length(86),
  })
  .meta({ id: 'ListDelta' })
export type ListDelta = z.infer<typeof listDeltaSchema>

/** Whatever the gate does not hold yet; null where it does. */
export const gateUpdateSchema = z
  .object({
    serverTime: instantSchema,
    keys: signedDocumentSchema.nullable(),
    policy: signedDocumentSchema.nullable(),
    list: signedDocumentSchema.nullable().describe('In full, where a delta would not be shorter'),
    delta: listDeltaSchema.nullable(),
  })
  .meta({ id: 'GateUpdate' })
export type GateUpdate = z.infer<typeof gateUpdateSchema>

/** One code that a gate read, whatever came of it. */
export const gateRecordSchema = z
  .strictObject({
    recordId: idSchema.describe('Made by the gate with the record: repeating is harmless'),
    at: instantSchema.describe('By the gate’s clock, corrected by what it knows'),
    result: z.enum(['opened', 'refused']),
    refusal: z.enum(accessRefusalCodes).nullable(),
    credential: base64UrlSchema
      .length(11)
      .nullable()
      .describe('First 8 bytes of SHA-256 over bytes 0–45; null unless the issuer had signed it'),
    shownAt: instantSchema.nullable(),
    purpose: accessPurposeSchema.nullable(),
    context: z.int().min(0).max(65_535).nullable(),
  })
  .meta({ id: 'GateRecord' })
export type GateRecord = z.infer<typeof gateRecordSchema>

/** As many as fit into a request, whatever is in them. */
export const GATE_RECORDS_MAX = 50

export const addRecordsSchema = z
  .strictObject({ records: z.array(gateRecordSchema).min(1).max(GATE_RECORDS_MAX) })
  .meta({ id: 'AddRecords' })

/** R31: what the gate could not know when it opened. */
export const addedRecordsSchema = z
  .object({
    accepted: z.int().describe('Stored now or before'),
    findings: z.array(
      z.object({
        recordId: idSchema,
        finding: z
          .enum(['replayed', 'revoked'])
          .describe('The same code was used at another gate; or its credential was revoked before'),
      }),
    ),
  })
  .meta({ id: 'AddedRecords' })
export type AddedRecords = z.infer<typeof addedRecordsSchema>

export const checkIdentitySchema = z
  .strictObject({ code: z.string().max(512).describe('What the scanner read, untouched') })
  .meta({ id: 'CheckIdentity' })

/** R4, R5: who it is, as far as a verifier has to know. */
export const identitySchema = z
  .object({
    class: personClassSchema,
    maskedName: z.string(),
    holder: base64UrlSchema
      .length(22)
      .describe(
        'The same for the same person in this zone of this campus, and nowhere else: to lend books to',
      ),
  })
  .meta({ id: 'Identity' })
export type Identity = z.infer<typeof identitySchema>

/** What a librarian's desk or a warden may fetch: the zone's records. */
export const zoneRecordSchema = z
  .object({
    recordId: idSchema,
    at: instantSchema,
    gateName: z.string(),
    purpose: accessPurposeSchema.nullable(),
    result: z.enum(['opened', 'refused']),
    refusal: z.enum(accessRefusalCodes).nullable(),
    class: personClassSchema.nullable(),
    maskedName: z.string().nullable(),
    holder: base64UrlSchema.length(22).nullable(),
    replayed: z.boolean(),
  })
  .meta({ id: 'ZoneRecord' })

export const zoneRecordPageSchema = z
  .object({ records: z.array(zoneRecordSchema), next: z.string().nullable() })
  .meta({ id: 'ZoneRecordPage' })
export type ZoneRecordPage = z.infer<typeof zoneRecordPageSchema>

export const gateRoutes = defineRoutes({
  getGate: {
    method: 'GET',
    path: '/v1/gate',
    summary: 'Who this key belongs to, and the core’s clock',
    answers: { 200: gateSelfSchema },
    errors: ['GATE_DISABLED'],
  },
  getGateUpdate: {
    method: 'GET',
    path: '/v1/gate/update',
    summary: 'Key set, policy and revocation list, as far as the gate does not hold them',
    query: gateUpdateQuerySchema,
    answers: { 200: gateUpdateSchema },
    errors: ['GATE_DISABLED'],
  },
  addGateRecords: {
    method: 'POST',
    path: '/v1/gate/records',
    summary: 'Uploads what the gate has read, each record once (R31)',
    body: addRecordsSchema,
    answers: { 200: addedRecordsSchema },
    errors: ['GATE_DISABLED', 'SIGNATURE_REPLAYED'],
  },
  checkIdentity: {
    method: 'POST',
    path: '/v1/gate/identity-checks',
    summary: 'Who an identity code belongs to (R5); needs the permission `identity`',
    body: checkIdentitySchema,
    answers: { 200: identitySchema },
    errors: [
      'GATE_DISABLED',
      'GATE_NOT_PERMITTED',
      'IDENTITY_CODE_INVALID',
      'IDENTITY_CODE_OTHER_KIND',
      'RATE_LIMITED',
      'SIGNATURE_REPLAYED',
    ],
  },
  getZoneRecords: {
    method: 'GET',
    path: '/v1/gate/records',
    summary: 'The zone’s records of the last 90 days, newest first; needs the permission `records`',
    query: z.object({ cursor: z.string().max(128).optional() }),
    answers: { 200: zoneRecordPageSchema },
    errors: ['GATE_DISABLED', 'GATE_NOT_PERMITTED'],
  },
})
