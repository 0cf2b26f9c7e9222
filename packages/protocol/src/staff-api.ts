import { z } from 'zod'
import type { Route } from './route.ts'
import { doneSchema, idSchema, instantSchema } from './shapes.ts'
import {
  displayNameSchema,
  REFUND_ALONE_FEN_MAX,
  type StaffRole,
  staffAccountEventSchema,
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
  clearDifferenceSchema,
  preparedStatementSchema,
  staffDifferencesSchema,
  staffStatementsSchema,
  staffWebhooksSchema,
  statementScopeSchema,
} from './staff-books.ts'
import {
  findPaymentsSchema,
  foundPaymentsSchema,
  staffPaymentSchema,
  staffRefundedSchema,
  staffRefundSchema,
  staffTaskSchema,
} from './staff-payments.ts'
import {
  deletePersonSchema,
  findPeopleSchema,
  foundPeopleSchema,
  staffPersonSchema,
} from './staff-people.ts'
import {
  staffDevicesSchema,
  staffHealthSchema,
  staffMerchantSchema,
  staffPulseSchema,
} from './staff-places.ts'
import { daySchema } from './statement.ts'

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
  /** Answered with a file, which a link on the page leads to: its call carries no header of ours. */
  download?: true
}

const FINANCE = ['finance'] as const
const ADMIN = ['admin'] as const
const CARD_OFFICE = ['card_office'] as const
/** Each of the tasks of their own role (`staffTaskRoles`). */
const SECOND_LOOKERS = ['finance', 'card_office'] as const

const rolesSchema = z
  .array(staffRoleSchema)
  .min(1)
  .max(4)
  .refine((roles) => new Set(roles).size === roles.length, { error: 'one of each' })

const reasonSchema = z.strictObject({ reason: staffReasonSchema }).meta({ id: 'StaffReason' })
const switchSchema = z
  .strictObject({ enabled: z.boolean(), reason: staffReasonSchema })
  .meta({ id: 'SwitchDevice' })
/** Bytes, and not JSON. */
const fileSchema = z.unknown()

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
  getOwnAccount: {
    method: 'GET',
    path: '/v1/staff/self/account',
    summary: 'Who signed in by one’s own name or tried to, and what others did to the account',
    answers: {
      200: z.object({ events: z.array(staffAccountEventSchema) }).meta({ id: 'OwnStaffAccount' }),
    },
    errors: [],
    allow: 'staff',
    audit: 'refused',
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

  findPeople: {
    method: 'POST',
    path: '/v1/staff/people/search',
    summary: 'Finds people by card number, whole name or the end of a phone number',
    body: findPeopleSchema,
    answers: { 200: foundPeopleSchema },
    errors: [],
    allow: 'staff',
    audit: 'done',
  },
  getPerson: {
    method: 'GET',
    path: '/v1/staff/people/:personId',
    summary: 'A person, masked: card, wallet, phones, sign-ins, how far a lock has reached',
    answers: { 200: staffPersonSchema },
    errors: [],
    allow: 'staff',
    audit: 'done',
  },
  lockCard: {
    method: 'POST',
    path: '/v1/staff/people/:personId/lock',
    summary: 'Locks a card for somebody without the phone (R6)',
    body: reasonSchema,
    answers: { 200: doneSchema },
    errors: ['CARD_NOT_CLAIMED', 'CARD_CLOSED'],
    allow: CARD_OFFICE,
    audit: 'done',
  },
  unlockCard: {
    method: 'POST',
    path: '/v1/staff/people/:personId/unlock',
    summary: 'Unlocks a card for somebody who is there and cannot do so by the password',
    body: reasonSchema,
    answers: { 200: doneSchema },
    errors: ['CARD_NOT_CLAIMED', 'CARD_CLOSED'],
    allow: CARD_OFFICE,
    audit: 'done',
  },
  resetPassword: {
    method: 'POST',
    path: '/v1/staff/people/:personId/reset-password',
    summary:
      'Ends the payment password of somebody without a bank card, who then sets another (R16)',
    body: reasonSchema,
    answers: { 200: doneSchema },
    errors: ['VERIFY_BY_BANK_CARD', 'PASSWORD_NOT_SET'],
    allow: CARD_OFFICE,
    audit: 'done',
  },
  removeDevice: {
    method: 'POST',
    path: '/v1/staff/people/:personId/devices/:deviceId/remove',
    summary: 'Ends the codes of a lost phone (R6)',
    body: reasonSchema,
    answers: { 200: doneSchema },
    errors: ['DEVICE_UNKNOWN'],
    allow: CARD_OFFICE,
    audit: 'done',
  },
  endWechat: {
    method: 'POST',
    path: '/v1/staff/people/:personId/end-wechat',
    summary: 'Ends signing in by WeChat, and paying by WeChat’s code',
    body: reasonSchema,
    answers: { 200: doneSchema },
    errors: [],
    allow: CARD_OFFICE,
    audit: 'done',
  },
  deletePerson: {
    method: 'POST',
    path: '/v1/staff/people/:personId/delete',
    summary: 'Asks a second person to delete somebody who has shown who they are (R42)',
    body: deletePersonSchema,
    answers: { 202: doneSchema },
    errors: ['BALANCE_NOT_ZERO', 'TRANSFER_PENDING', 'STAFF_TASK_DECIDED'],
    allow: CARD_OFFICE,
    audit: 'done',
  },

  getMerchants: {
    method: 'GET',
    path: '/v1/staff/merchants',
    summary: 'The school’s merchants',
    answers: {
      200: z.object({ merchants: z.array(staffMerchantSchema) }).meta({ id: 'StaffMerchants' }),
    },
    errors: [],
    allow: 'staff',
    audit: 'refused',
  },
  setMerchant: {
    method: 'POST',
    path: '/v1/staff/merchants/:merchantId',
    summary: 'Lets a merchant take payments, or not',
    body: z
      .strictObject({ accepting: z.boolean(), reason: staffReasonSchema })
      .meta({ id: 'SetMerchant' }),
    answers: { 200: doneSchema },
    errors: [],
    allow: ['finance', 'admin'],
    audit: 'done',
  },
  getDevices: {
    method: 'GET',
    path: '/v1/staff/devices',
    summary: 'Terminals and gates, when they were heard of, and how far the list has reached (R32)',
    answers: { 200: staffDevicesSchema },
    errors: [],
    allow: 'staff',
    audit: 'refused',
    unattended: true,
  },
  setTerminal: {
    method: 'POST',
    path: '/v1/staff/terminals/:terminalId',
    summary: 'Switches a terminal off or on',
    body: switchSchema,
    answers: { 200: doneSchema },
    errors: [],
    allow: ['admin', 'card_office'],
    audit: 'done',
  },
  setGate: {
    method: 'POST',
    path: '/v1/staff/gates/:gateId',
    summary: 'Switches a gate off or on',
    body: switchSchema,
    answers: { 200: doneSchema },
    errors: [],
    allow: ['admin', 'card_office'],
    audit: 'done',
  },
  getPulse: {
    method: 'GET',
    path: '/v1/staff/pulse',
    summary: 'The last hour: payments by minute, refusals by reason, what nobody knows yet',
    answers: { 200: staffPulseSchema },
    errors: [],
    allow: 'staff',
    audit: 'refused',
    unattended: true,
  },
  getHealth: {
    method: 'GET',
    path: '/v1/staff/health',
    summary: 'Whether bank, one-card system and the others answer',
    answers: { 200: staffHealthSchema },
    errors: [],
    allow: 'staff',
    audit: 'refused',
    unattended: true,
  },

  getStatements: {
    method: 'GET',
    path: '/v1/staff/statements',
    summary: 'Days that a statement can be had of, and the key it is verified with (R34)',
    answers: { 200: staffStatementsSchema },
    errors: [],
    allow: FINANCE,
    audit: 'refused',
  },
  prepareStatement: {
    method: 'POST',
    path: '/v1/staff/statements',
    summary: 'Writes, signs and verifies the statement of a day, of the school or of a merchant',
    body: z
      .strictObject({ day: daySchema, scope: statementScopeSchema })
      .meta({ id: 'PrepareStatement' }),
    answers: { 200: preparedStatementSchema },
    errors: [],
    allow: FINANCE,
    audit: 'done',
  },
  downloadStatement: {
    method: 'GET',
    path: '/v1/staff/statements/:day/:scope/:file',
    summary: 'One file of a statement',
    answers: { 200: fileSchema },
    errors: [],
    allow: FINANCE,
    audit: 'done',
    download: true,
  },
  getDifferences: {
    method: 'GET',
    path: '/v1/staff/differences',
    summary: 'What bank, one-card system and WeChat say otherwise, and what became of it (R34)',
    answers: { 200: staffDifferencesSchema },
    errors: [],
    allow: FINANCE,
    audit: 'refused',
  },
  clearDifference: {
    method: 'POST',
    path: '/v1/staff/differences',
    summary: 'Asks a second person to put a difference aside, with a note',
    body: clearDifferenceSchema,
    answers: { 202: doneSchema },
    errors: ['STAFF_TASK_DECIDED'],
    allow: FINANCE,
    audit: 'done',
  },
  getSettings: {
    method: 'GET',
    path: '/v1/staff/settings',
    summary: 'Up to what one person refunds alone, and what is asked for instead',
    answers: {
      200: z
        .object({
          refundAloneFen: z.int(),
          asked: z
            .object({ amountFen: z.int(), by: z.string(), at: instantSchema })
            .nullable()
            .describe('Waits for a second person'),
        })
        .meta({ id: 'StaffSettings' }),
    },
    errors: [],
    allow: FINANCE,
    audit: 'refused',
  },
  setRefundAlone: {
    method: 'POST',
    path: '/v1/staff/settings/refund-alone',
    summary: 'Lowers at once what one person refunds alone; to raise it takes a second person',
    body: z
      .strictObject({
        taskId: idSchema.describe(idParamHint),
        amountFen: z.int().min(0).max(REFUND_ALONE_FEN_MAX),
        reason: staffReasonSchema,
      })
      .meta({ id: 'SetRefundAlone' }),
    answers: { 200: doneSchema, 202: doneSchema },
    errors: ['STAFF_TASK_DECIDED'],
    allow: FINANCE,
    audit: 'done',
  },

  getWebhooks: {
    method: 'GET',
    path: '/v1/staff/webhooks',
    summary: 'Where servers are told what happens, and what was delivered (R41)',
    query: z.object({
      endpointId: idSchema.optional(),
      state: z.enum(['waiting', 'delivered', 'given_up']).optional(),
    }),
    answers: { 200: staffWebhooksSchema },
    errors: [],
    allow: ADMIN,
    audit: 'refused',
  },
  replayWebhooks: {
    method: 'POST',
    path: '/v1/staff/webhooks/replay',
    summary: 'Sends again under the same ids: one, or all of an endpoint that were given up',
    body: z
      .strictObject({ endpointId: idSchema, webhookId: idSchema.optional() })
      .meta({ id: 'ReplayWebhooks' }),
    answers: { 200: z.object({ count: z.int() }).meta({ id: 'ReplayedWebhooks' }) },
    errors: [],
    allow: ADMIN,
    audit: 'done',
  },

  getTasks: {
    method: 'GET',
    path: '/v1/staff/tasks',
    summary: 'What waits for a second person of one’s own role, and what was decided of late',
    answers: { 200: z.object({ tasks: z.array(staffTaskSchema) }).meta({ id: 'StaffTasks' }) },
    errors: [],
    allow: SECOND_LOOKERS,
    audit: 'refused',
    unattended: true,
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
      'BALANCE_NOT_ZERO',
      'TRANSFER_PENDING',
      'ORDER_NOT_FOUND',
      'ORDER_NOT_PAID',
      'REFUND_NO_REUSED',
      'REFUND_EXCEEDS_PAYMENT',
      'REFUND_DECLINED',
    ],
    allow: SECOND_LOOKERS,
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

  exportAudit: {
    method: 'GET',
    path: '/v1/staff/audit.csv',
    summary: 'The whole log as a table',
    answers: { 200: fileSchema },
    errors: [],
    allow: ADMIN,
    audit: 'done',
    download: true,
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
