import { z } from 'zod'
import type { Route } from './route.ts'
import { doneSchema, idSchema, instantSchema } from './shapes.ts'
import {
  displayNameSchema,
  type StaffRole,
  staffAccountSchema,
  staffNameSchema,
  staffPasswordSchema,
  staffReasonSchema,
  staffRoleSchema,
  staffSelfSchema,
  staffSetUpCodeSchema,
  staffSetUpSchema,
  staffSignInSchema,
  totpSchema,
} from './staff.ts'
import {
  findPaymentsSchema,
  foundPaymentsSchema,
  staffPaymentSchema,
  staffRefundedSchema,
  staffRefundSchema,
  staffTaskSchema,
} from './staff-payments.ts'

/** A route of the console: who may, and what of it stands in the audit log. */
export interface StaffRoute extends Route {
  /** `anybody` has no session yet; `staff` is every role. */
  allow: readonly StaffRole[] | 'anybody' | 'staff'
  /**
   * `done`: each call and each refusal; `refused`: refusals alone, because it looks at nobody in particular.
   */
  audit: 'done' | 'refused'
  /** Asked by the page itself now and then, so it keeps no session alive. */
  unattended?: true
}

const FINANCE = ['finance'] as const
const ADMIN = ['admin'] as const

const rolesSchema = z
  .array(staffRoleSchema)
  .min(1)
  .max(4)
  .refine((roles) => new Set(roles).size === roles.length, { error: 'one of each' })

const idParamHint = 'Made by the page: repeating is harmless'

/**
 * Everything that staff do at the console, in one table: what it is called, who may, what is logged. The page
 * hides what the table forbids; the core refuses it (STAFF_ROLE_MISSING).
 *
 * Calls come from a browser on the console's own origin with the cookie of `signIn`; nothing is signed.
 */
export const staffRoutes = defineStaffRoutes({
  signIn: {
    method: 'POST',
    path: '/v1/staff/sign-in',
    summary: 'Password and code together; which of them was wrong is not told',
    body: staffSignInSchema,
    answers: { 200: staffSelfSchema },
    errors: ['STAFF_SIGN_IN_WRONG', 'STAFF_SIGN_IN_LOCKED'],
    allow: 'anybody',
    audit: 'done',
  },
  openSetUp: {
    method: 'POST',
    path: '/v1/staff/set-ups/open',
    summary: 'Shows the secret for the authenticator app to whoever has the set-up code',
    body: z.strictObject({ code: staffSetUpCodeSchema }).meta({ id: 'OpenSetUp' }),
    answers: { 200: staffSetUpSchema },
    errors: ['STAFF_SET_UP_INVALID'],
    allow: 'anybody',
    audit: 'refused',
  },
  finishSetUp: {
    method: 'POST',
    path: '/v1/staff/set-ups',
    summary: 'Chooses the password, proves the authenticator app, and signs in',
    body: z
      .strictObject({
        code: staffSetUpCodeSchema,
        password: staffPasswordSchema,
        totp: totpSchema,
      })
      .meta({ id: 'FinishSetUp' }),
    answers: { 200: staffSelfSchema },
    errors: ['STAFF_SET_UP_INVALID', 'STAFF_PASSWORD_WEAK', 'STAFF_TOTP_WRONG'],
    allow: 'anybody',
    audit: 'done',
  },
  getSelf: {
    method: 'GET',
    path: '/v1/staff/self',
    summary: 'Who is signed in',
    answers: { 200: staffSelfSchema },
    errors: [],
    allow: 'staff',
    audit: 'refused',
  },
  signOut: {
    method: 'POST',
    path: '/v1/staff/sign-out',
    summary: 'Ends this session, or all of one’s own',
    body: z.strictObject({ everywhere: z.boolean() }).meta({ id: 'StaffSignOut' }),
    answers: { 200: doneSchema },
    errors: [],
    allow: 'staff',
    audit: 'done',
  },

  findPayments: {
    method: 'POST',
    path: '/v1/staff/payments/search',
    summary: 'Finds payments by number, by amount and time, or by what a student reads out',
    body: findPaymentsSchema,
    answers: { 200: foundPaymentsSchema },
    errors: [],
    allow: 'staff',
    audit: 'done',
  },
  getPayment: {
    method: 'GET',
    path: '/v1/staff/payments/:paymentId',
    summary: 'One payment with its whole story',
    answers: { 200: staffPaymentSchema },
    errors: ['ORDER_NOT_FOUND'],
    allow: 'staff',
    audit: 'done',
  },
  refundPayment: {
    method: 'POST',
    path: '/v1/staff/payments/:paymentId/refunds',
    summary: 'Gives back part or all of a payment, as a terminal does (R33)',
    body: staffRefundSchema,
    answers: { 200: staffRefundedSchema, 202: staffRefundedSchema },
    errors: [
      'ORDER_NOT_FOUND',
      'ORDER_NOT_PAID',
      'REFUND_NO_REUSED',
      'REFUND_EXCEEDS_PAYMENT',
      'REFUND_DECLINED',
    ],
    allow: FINANCE,
    audit: 'done',
  },

  getTasks: {
    method: 'GET',
    path: '/v1/staff/tasks',
    summary: 'What waits for a second person, and what was decided of late',
    answers: { 200: z.object({ tasks: z.array(staffTaskSchema) }).meta({ id: 'StaffTasks' }) },
    errors: [],
    allow: FINANCE,
    audit: 'refused',
  },
  decideTask: {
    method: 'POST',
    path: '/v1/staff/tasks/:taskId',
    summary:
      'The second person agrees, and it is done; or declines. Whoever asked may only decline',
    body: z.strictObject({ decision: z.enum(['approve', 'decline']) }).meta({ id: 'DecideTask' }),
    answers: { 200: doneSchema, 202: doneSchema },
    errors: [
      'STAFF_NOT_ONESELF',
      'STAFF_TASK_DECIDED',
      'ORDER_NOT_FOUND',
      'ORDER_NOT_PAID',
      'REFUND_NO_REUSED',
      'REFUND_EXCEEDS_PAYMENT',
      'REFUND_DECLINED',
    ],
    allow: FINANCE,
    audit: 'done',
  },

  getAudit: {
    method: 'GET',
    path: '/v1/staff/audit',
    summary: 'What staff did, newest first',
    query: z.object({
      before: idSchema.optional().describe('`next` of the page before'),
      staffId: idSchema.optional(),
      personId: idSchema.optional(),
    }),
    answers: {
      200: z
        .object({
          entries: z.array(
            z
              .object({
                auditId: idSchema,
                at: instantSchema,
                staffName: z.string().nullable(),
                displayName: z.string().nullable(),
                operation: z.string().describe('Of this table, or `sweep` and the like'),
                outcome: z.string().describe('`done`, or the code of a refusal'),
                personId: idSchema.nullable(),
                person: z.string().nullable().describe('Masked name and card number'),
                ref: z.string().nullable().describe('What else it was about'),
                reason: z.string().nullable(),
                amountFen: z.int().nullable(),
                address: z.string(),
                requestId: z.string(),
              })
              .meta({ id: 'AuditEntry' }),
          ),
          next: idSchema.nullable(),
        })
        .meta({ id: 'AuditPage' }),
    },
    errors: [],
    allow: ADMIN,
    audit: 'done',
  },

  getStaff: {
    method: 'GET',
    path: '/v1/staff/accounts',
    summary: 'Who works at the console',
    answers: {
      200: z.object({ accounts: z.array(staffAccountSchema) }).meta({ id: 'StaffAccounts' }),
    },
    errors: [],
    allow: ADMIN,
    audit: 'refused',
  },
  addStaff: {
    method: 'POST',
    path: '/v1/staff/accounts',
    summary: 'Adds somebody, and shows the set-up code once',
    body: z
      .strictObject({
        staffId: idSchema.describe(idParamHint),
        name: staffNameSchema,
        displayName: displayNameSchema,
        roles: rolesSchema,
      })
      .meta({ id: 'AddStaff' }),
    answers: { 201: z.object({ setUpCode: z.string() }).meta({ id: 'SetUpCode' }) },
    errors: ['STAFF_NAME_TAKEN'],
    allow: ADMIN,
    audit: 'done',
  },
  changeStaff: {
    method: 'POST',
    path: '/v1/staff/accounts/:staffId',
    summary: 'Changes what somebody else may do, or switches the account off or on',
    body: z
      .strictObject({ roles: rolesSchema.optional(), off: z.boolean().optional() })
      .meta({ id: 'ChangeStaff' }),
    answers: { 200: doneSchema },
    errors: ['STAFF_NOT_ONESELF'],
    allow: ADMIN,
    audit: 'done',
  },
  recoverStaff: {
    method: 'POST',
    path: '/v1/staff/accounts/:staffId/recover',
    summary: 'Password and authenticator of somebody else end; a new set-up code is shown once',
    body: z.strictObject({ reason: staffReasonSchema }).meta({ id: 'RecoverStaff' }),
    answers: { 200: z.object({ setUpCode: z.string() }) },
    errors: ['STAFF_NOT_ONESELF'],
    allow: ADMIN,
    audit: 'done',
  },
})
export type StaffRoutes = typeof staffRoutes
export type StaffRouteName = keyof StaffRoutes
export type AuditEntry = z.infer<StaffRoutes['getAudit']['answers'][200]>['entries'][number]

/** Must be on every call: no page of another origin can set it without being asked for (CORS). */
export const CONSOLE_HEADER = 'ecode-console'

/** Whether one of these roles may. */
export function isAllowed(route: StaffRoute, roles: readonly StaffRole[]): boolean {
  if (typeof route.allow === 'string') return true
  return route.allow.some((role) => roles.includes(role))
}

function defineStaffRoutes<const T extends Record<string, StaffRoute>>(routes: T): T {
  return routes
}
