import { z } from 'zod'
import { idSchema, instantSchema, schoolIdSchema } from './shapes.ts'

/**
 * What a member of staff may do at the console, by role (docs/console.md): `support` reads, `card_office`
 * locks cards and helps with lost phones, `finance` gives money back and closes the books, `admin` looks
 * after staff, devices and the audit log, and touches no money.
 */
export const staffRoleSchema = z.enum(['admin', 'finance', 'card_office', 'support'])
export type StaffRole = z.infer<typeof staffRoleSchema>
export const staffRoles = staffRoleSchema.options

/** What staff sign in with, unique in a school. */
export const staffNameSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._-]{1,31}$/)
  .describe('2–32 of a–z 0–9 . _ -')

export const STAFF_PASSWORD_MIN = 12
export const staffPasswordSchema = z.string().min(1).max(128)
export const totpSchema = z.string().regex(/^\d{6}$/)

/** As most authenticator apps take it (RFC 6238). */
export const TOTP_PERIOD_SECONDS = 30

/** Of a session at the console. */
export const STAFF_IDLE_MINUTES = 15
export const STAFF_SESSION_HOURS = 8
/** Wrong entries in a row, after which a name rests. */
export const STAFF_TRIES_MAX = 5
export const STAFF_LOCK_MINUTES = 15

export const staffSignInSchema = z
  .strictObject({
    schoolId: schoolIdSchema,
    name: staffNameSchema,
    password: staffPasswordSchema,
    totp: totpSchema,
  })
  .meta({ id: 'StaffSignIn' })

/** What an account is opened with, once: printed by `ecode staff add`, or shown to an admin. */
export const staffSetUpCodeSchema = z.string().regex(/^\d{4}\.[A-Za-z0-9_-]{43}$/)

export const staffSetUpSchema = z
  .object({
    schoolName: z.string(),
    name: staffNameSchema,
    otpauthUri: z.string().describe('For an authenticator app; shown as a QR code'),
    secret: z.string().describe('The same, to be typed: base32'),
  })
  .meta({ id: 'StaffSetUp' })

export const staffSelfSchema = z
  .object({
    staffId: idSchema,
    name: staffNameSchema,
    displayName: z.string(),
    roles: z.array(staffRoleSchema),
    school: z.object({ id: schoolIdSchema, name: z.string(), nameEn: z.string() }),
    endsAt: instantSchema.describe('When the session ends however busy it is'),
  })
  .meta({ id: 'StaffSelf' })
export type StaffSelf = z.infer<typeof staffSelfSchema>

export const staffAccountSchema = z
  .object({
    staffId: idSchema,
    name: staffNameSchema,
    displayName: z.string(),
    roles: z.array(staffRoleSchema),
    state: z.enum(['waiting', 'active', 'off']).describe('waiting: not set up yet, or to be anew'),
    lastSignInAt: instantSchema.nullable(),
    sessionCount: z.int(),
  })
  .meta({ id: 'StaffAccount' })
export type StaffAccount = z.infer<typeof staffAccountSchema>

/** What was done to one's own account, or tried at it, newest first. */
export const staffAccountEventSchema = z
  .object({
    at: instantSchema,
    operation: z.enum(['signIn', 'finishSetUp', 'addStaff', 'changeStaff', 'recoverStaff']),
    outcome: z.string().describe('`done`, or the code of a refusal'),
    by: z.string().nullable().describe('Whoever else did it'),
    change: z.string().nullable().describe('Roles, `on`, `off`'),
    address: z.string(),
  })
  .meta({ id: 'StaffAccountEvent' })
export type StaffAccountEvent = z.infer<typeof staffAccountEventSchema>

/** Above it no school lets one person give back alone. */
export const REFUND_ALONE_FEN_MAX = 1_000_000

/** Why something was done: read by whoever looks at the log later. */
export const staffReasonSchema = z.string().trim().min(4).max(200)

export const displayNameSchema = z.string().trim().min(1).max(40)
