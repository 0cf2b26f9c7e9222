import { z } from 'zod'
import { scopeSchema } from './sessions.ts'
import { base64UrlSchema, idSchema, instantSchema, schoolIdSchema } from './shapes.ts'

/** Starts enrolling this phone; an SMS code goes to the phone number the school holds. */
export const startEnrolmentSchema = z
  .strictObject({
    publicKey: base64UrlSchema
      .length(87)
      .describe('P-256 point, uncompressed (65 bytes), base64url'),
    label: z
      .string()
      .min(1)
      .max(60)
      // Neither control characters nor half of a pair: no database takes a NUL as text.
      .regex(/^[^\p{Cc}\p{Cs}]+$/u)
      .describe('What the person will recognise, for example "iPhone · 校园App"'),
  })
  .meta({ id: 'StartEnrolment' })

export const enrolmentSchema = z
  .object({
    enrolmentId: idSchema,
    phoneTail: z
      .string()
      .regex(/^\d{4}$/)
      .nullable()
      .describe('null: no SMS was sent, the payment password approves instead (R16)'),
    expiresAt: instantSchema,
    resendAfterSeconds: z.int(),
  })
  .meta({ id: 'Enrolment' })
export type Enrolment = z.infer<typeof enrolmentSchema>

export const confirmEnrolmentSchema = z
  .union([
    z.strictObject({ smsCode: z.string().regex(/^\d{6}$/) }),
    z.strictObject({ approvalId: idSchema }),
  ])
  .meta({ id: 'ConfirmEnrolment' })

/** What the phone needs to draw codes alone for a while. Source: docs/codes.md, "Key and grant". */
export const grantSchema = z
  .object({
    grantId: idSchema,
    salt: base64UrlSchema.length(22).describe('16 random bytes'),
    firstEpoch: z.int().describe('floor(unix seconds / 14400) of aliases[0]'),
    aliases: z.array(z.string().regex(/^\d{7}$/)).max(84),
    expiresAt: instantSchema,
  })
  .meta({ id: 'Grant' })
export type Grant = z.infer<typeof grantSchema>

/** Caps that hold while the core has not heard from the phone for ten minutes. */
export const offlineCapsSchema = z
  .object({ singleFen: z.int(), dailyFen: z.int(), dailyCount: z.int() })
  .meta({ id: 'OfflineCaps' })
export type OfflineCaps = z.infer<typeof offlineCapsSchema>

export const enrolledDeviceSchema = z
  .object({
    deviceId: idSchema,
    schoolId: schoolIdSchema,
    corePublicKey: base64UrlSchema.length(87).describe("The core's P-256 point, uncompressed"),
    grant: grantSchema,
    offlineCaps: offlineCapsSchema,
    serverTime: instantSchema,
  })
  .meta({ id: 'EnrolledDevice' })
export type EnrolledDevice = z.infer<typeof enrolledDeviceSchema>

/** A sign of life from an enrolled phone, at least every five minutes while a code is on screen. */
export const contactDeviceSchema = z
  .strictObject({
    grantId: idSchema.describe('The newest grant the phone has stored; acknowledges it'),
  })
  .meta({ id: 'ContactDevice' })

export const deviceContactSchema = z
  .object({
    serverTime: instantSchema,
    grant: grantSchema
      .nullable()
      .describe('A fresh grant when the last is ten minutes old or unknown'),
    offlineCaps: offlineCapsSchema,
  })
  .meta({ id: 'DeviceContact' })
export type DeviceContact = z.infer<typeof deviceContactSchema>

/** R6: a phone that can draw codes, as its owner sees it. */
export const deviceSchema = z
  .object({
    deviceId: idSchema,
    label: z.string(),
    enrolledAt: instantSchema,
    lastContactAt: instantSchema,
  })
  .meta({ id: 'Device' })
export type Device = z.infer<typeof deviceSchema>

/** R6: a session was opened for the person; of each channel at most one is kept for an hour. */
export const signInSchema = z
  .object({
    at: instantSchema.describe('The first in its hour'),
    scopes: z.array(scopeSchema).describe('What sessions of that hour were opened for'),
    channel: z
      .enum(['school_server', 'wechat', 'mini_program'])
      .describe("By the school's word (R2a), or by the person's WeChat (R2b)"),
  })
  .meta({ id: 'SignIn' })
export type SignIn = z.infer<typeof signInSchema>

export const deviceListSchema = z
  .object({
    devices: z.array(deviceSchema),
    signIns: z.array(signInSchema).describe('The newest 50 of the last 90 days, newest first'),
  })
  .meta({ id: 'DeviceList' })
export type DeviceList = z.infer<typeof deviceListSchema>
