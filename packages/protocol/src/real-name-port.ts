import { z } from 'zod'
import { instantSchema } from './shapes.ts'

/**
 * How the core has a real name proven by face with liveness (R2, R9): it starts a check, the person does
 * it on the provider's own page, and the provider tells the result, signed, at `tellFaceCheck`
 * (core-api.ts). The core also asks, because what is told may be lost. References are made by the core
 * and stay. Picture, features and score never leave the provider.
 */
const referenceSchema = z.string().regex(/^[A-Za-z0-9-]{8,64}$/)

export const faceCheckRequestSchema = z
  .strictObject({
    reference: referenceSchema,
    name: z.string().min(1).max(60),
    idNumber: z.string().max(18),
    returnTo: z
      .url({ protocol: /^https?$/ })
      .max(2_000)
      .describe('Where the page leads when it is over, whatever came of it'),
    locale: z.enum(['zh-CN', 'en']),
    expiresAt: instantSchema.describe('Nothing may be passed after this; it may end sooner'),
  })
  .meta({ id: 'FaceCheckRequest' })
export type FaceCheckRequest = z.infer<typeof faceCheckRequestSchema>

/** Once it is not PENDING it stays as it is: three words of the provider, each its last. */
export const faceCheckResultSchema = z.enum(['PASSED', 'FAILED', 'EXPIRED'])
export type FaceCheckResult = z.infer<typeof faceCheckResultSchema>

export const faceCheckSchema = z
  .object({
    reference: z.string(),
    result: z.enum(['PENDING', ...faceCheckResultSchema.options]),
    pageUrl: z
      .url({ protocol: /^https?$/ })
      .nullable()
      .describe('PENDING: where the person looks into the camera, at top level'),
    expiresAt: instantSchema,
  })
  .meta({ id: 'FaceCheck' })
export type FaceCheck = z.infer<typeof faceCheckSchema>

/** What the provider tells the core, until it is answered 200 or 404. */
export const faceCheckNewsSchema = z
  .strictObject({ reference: referenceSchema, result: faceCheckResultSchema })
  .meta({ id: 'FaceCheckNews' })
export type FaceCheckNews = z.infer<typeof faceCheckNewsSchema>

export const realNamePortPaths = {
  start: '/v1/face-checks', // POST FaceCheckRequest → 200 FaceCheck | 409 REFERENCE_REUSED
  query: '/v1/face-checks/:reference', // GET → 200 FaceCheck | 404 NOT_FOUND
} as const
