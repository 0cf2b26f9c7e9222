import { z } from 'zod'
import { appliedRuleSchema, paymentStatusSchema, refusalSchema } from './payments.ts'
import {
  amountFenSchema,
  channelSchema,
  idSchema,
  instantSchema,
  orderNoSchema,
  payMeansSchema,
  personClassSchema,
} from './shapes.ts'
import { type StaffRole, staffReasonSchema } from './staff.ts'
import { listedPersonSchema } from './staff-people.ts'

/** By one of these; a moment is looked at ten minutes either way. */
export const findPaymentsSchema = z
  .union([
    z.strictObject({ orderNo: orderNoSchema }),
    z.strictObject({ paymentId: idSchema }),
    z.strictObject({ amountFen: amountFenSchema, at: instantSchema.refine((at) => at >= '2000') }),
    z.strictObject({
      requestId: z
        .string()
        .trim()
        .regex(/^[\w-]{1,64}$/)
        .describe('As the phone or the till shows it, small, below a refusal'),
    }),
    z.strictObject({ personId: idSchema }),
  ])
  .meta({ id: 'FindPayments' })

export const staffPayerSchema = z.object({
  personId: idSchema,
  maskedName: z.string(),
  class: personClassSchema,
})

const listedPaymentShape = {
  paymentId: idSchema,
  orderNo: orderNoSchema,
  status: paymentStatusSchema,
  createdAt: instantSchema,
  listFen: z.int().nullable(),
  amountFen: z.int().nullable(),
  refundedFen: z.int(),
  merchantName: z.string(),
  terminalName: z.string(),
  means: payMeansSchema.nullable(),
  channel: channelSchema.nullable(),
  payer: staffPayerSchema.nullable(),
}
export const listedPaymentSchema = z.object(listedPaymentShape).meta({ id: 'ListedPayment' })
export type ListedPayment = z.infer<typeof listedPaymentSchema>

/** What somebody was told no to, by the id that they read out. */
export const refusedCallSchema = z
  .object({
    requestId: z.string(),
    at: instantSchema,
    route: z.string(),
    refusal: refusalSchema,
    person: staffPayerSchema.nullable(),
  })
  .meta({ id: 'RefusedCall' })
export type RefusedCall = z.infer<typeof refusedCallSchema>

export const foundPaymentsSchema = z
  .object({
    payments: z.array(listedPaymentSchema),
    more: z.boolean().describe('There are others; ask for less'),
    refusedCalls: z.array(refusedCallSchema),
  })
  .meta({ id: 'FoundPayments' })

/** One thing that happened to a payment, to be put into words where it is read. */
export const paymentStepSchema = z
  .object({
    at: instantSchema,
    kind: z.enum([
      'asked',
      'password_awaited',
      'refused',
      'sent',
      'still_asking',
      'answered',
      'paid',
      'reversed',
      'refund_asked',
      'refunded',
      'refund_declined',
      'refund_waits_for_second',
    ]),
    port: z.string().optional().describe('The outside system that was asked'),
    outcome: z.enum(['succeeded', 'declined', 'reversed']).optional(),
    amountFen: z.int().optional(),
    channel: channelSchema.optional(),
    refusal: refusalSchema.optional(),
    reference: z.string().optional().describe('What the outside system knows it by'),
    refundNo: orderNoSchema.optional(),
    attemptCount: z.int().optional(),
    by: z.string().optional().describe('Of staff; left out where the terminal asked'),
    reason: z.string().optional(),
  })
  .meta({ id: 'PaymentStep' })
export type PaymentStep = z.infer<typeof paymentStepSchema>

export const staffPaymentSchema = z
  .object({
    ...listedPaymentShape,
    rule: appliedRuleSchema.nullable(),
    refusal: refusalSchema.nullable(),
    cardTail: z.string().nullable(),
    refundableFen: z.int().describe('What is left to give back, and not asked for already'),
    story: z.array(paymentStepSchema).describe('Oldest first'),
  })
  .meta({ id: 'StaffPayment' })
export type StaffPayment = z.infer<typeof staffPaymentSchema>

export const staffRefundSchema = z
  .strictObject({
    refundId: idSchema.describe('Made by the page and kept until it is answered: once per id'),
    amountFen: amountFenSchema,
    reason: staffReasonSchema,
  })
  .meta({ id: 'StaffRefund' })

export const staffRefundedSchema = z
  .object({
    status: z
      .enum(['REFUNDED', 'PROCESSING', 'WAITS_FOR_SECOND'])
      .describe('WAITS_FOR_SECOND: nothing has moved until another person of finance agrees'),
  })
  .meta({ id: 'StaffRefunded' })
export type StaffRefunded = z.infer<typeof staffRefundedSchema>

/** What takes a second person, and of which role both are. */
export const staffTaskRoles = {
  refund: 'finance',
  clear_difference: 'finance',
  raise_refund_alone: 'finance',
  delete_person: 'card_office',
} as const satisfies Record<string, StaffRole>
export type StaffTaskKind = keyof typeof staffTaskRoles
const taskKinds = Object.keys(staffTaskRoles) as [StaffTaskKind, ...StaffTaskKind[]]

/** Whether one of these roles may give the second word on it. */
export function mayDecide(roles: readonly StaffRole[], kind: StaffTaskKind): boolean {
  return roles.includes(staffTaskRoles[kind])
}

/** What is shown to these roles. */
export function staffTaskKindsOf(roles: readonly StaffRole[]): StaffTaskKind[] {
  return taskKinds.filter((kind) => mayDecide(roles, kind))
}

export const staffTaskSchema = z
  .object({
    taskId: idSchema,
    kind: z.enum(taskKinds),
    payment: listedPaymentSchema.nullable(),
    person: listedPersonSchema.nullable().describe('Who is to be deleted'),
    amountFen: z.int().nullable(),
    difference: z
      .object({ port: z.string(), reference: z.string(), sinceDay: z.string() })
      .nullable(),
    reason: z.string(),
    askedBy: z.object({ staffId: idSchema, displayName: z.string() }),
    askedAt: instantSchema,
    state: z.enum(['waiting', 'approved', 'declined']),
    decidedBy: z.string().nullable(),
    decidedAt: instantSchema.nullable(),
  })
  .meta({ id: 'StaffTask' })
export type StaffTask = z.infer<typeof staffTaskSchema>
