import { z } from 'zod'
import type { Scope } from './sessions.ts'
import { amountFenSchema, idSchema, instantSchema } from './shapes.ts'

/**
 * R16: what the payment password approves. The keypad page shows exactly this, what the person types
 * is encrypted together with it, and the operation that spends the approval must be the same.
 */
export const approvalActionSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('set_password'),
      verificationId: idSchema.describe('A confirmed verification, or the binding of a card'),
    }),
    z.strictObject({ kind: z.literal('change_password') }),
    z
      .strictObject({ kind: z.literal('set_water_password') })
      .describe('R26: the payment password, then the new water password twice'),
    z.strictObject({
      kind: z.enum(['top_up', 'withdrawal']),
      transferId: idSchema,
      cardId: idSchema,
      amountFen: amountFenSchema,
    }),
    z.strictObject({ kind: z.literal('unbind_card'), cardId: idSchema }),
    z.strictObject({ kind: z.literal('close_wallet') }),
    z.strictObject({ kind: z.literal('reopen_wallet') }),
    z.strictObject({
      kind: z.literal('raise_limits'),
      singleFen: amountFenSchema,
      dailyFen: amountFenSchema,
    }),
    z.strictObject({ kind: z.literal('sign_agreement') }),
    z.strictObject({ kind: z.literal('unlock_card') }),
    z.strictObject({ kind: z.literal('pay'), paymentId: idSchema }).describe('R23'),
    z.strictObject({ kind: z.literal('enrol_device'), enrolmentId: idSchema }),
    z.strictObject({ kind: z.enum(['export_data', 'delete_me']) }).describe('R42'),
  ])
  .meta({ id: 'ApprovalAction' })
export type ApprovalAction = z.infer<typeof approvalActionSchema>

const approvalScopes: Record<ApprovalAction['kind'], Scope> = {
  set_password: 'wallet',
  change_password: 'wallet',
  set_water_password: 'wallet',
  top_up: 'wallet',
  withdrawal: 'wallet',
  unbind_card: 'wallet',
  close_wallet: 'wallet',
  reopen_wallet: 'wallet',
  raise_limits: 'wallet',
  sign_agreement: 'wallet',
  unlock_card: 'card',
  pay: 'pay',
  enrol_device: 'pay',
  export_data: 'wallet',
  delete_me: 'wallet',
}

/** A session that may do something may ask for the password for it, and for nothing else. */
export function scopeOfApproval({ action }: { action: ApprovalAction }): Scope {
  return approvalScopes[action.kind]
}

export const startApprovalSchema = z
  .strictObject({
    action: approvalActionSchema,
    returnTo: z
      .url({ protocol: /^https?$/ })
      .max(2_000)
      .describe("The page itself, on one of the school's origins; kept by the core"),
  })
  .meta({ id: 'StartApproval' })

/**
 * The widget opens the keypad by a form: `POST keypadUrl` with the field `ticket`, into an iframe or
 * at top level. The ticket works once and never stands in an address.
 */
export const approvalSchema = z
  .object({
    approvalId: idSchema,
    keypadUrl: z.url(),
    ticket: z.string(),
    expiresAt: instantSchema,
  })
  .meta({ id: 'Approval' })
export type Approval = z.infer<typeof approvalSchema>

/**
 * - `waiting` the person has the keypad before them, or has not opened it.
 * - `approved` the password was right; the operation may spend it, once, until `expiresAt`.
 * - `spent`, `cancelled`, `expired` it is over. set_password, change_password and set_water_password end as `spent`.
 */
export const approvalStatusSchema = z.enum(['waiting', 'approved', 'spent', 'cancelled', 'expired'])

export const approvalStateSchema = z
  .object({ approvalId: idSchema, status: approvalStatusSchema, action: approvalActionSchema })
  .meta({ id: 'ApprovalState' })
export type ApprovalState = z.infer<typeof approvalStateSchema>

/**
 * What the keypad page tells the widget by `postMessage` to the origin of `returnTo`; at top level it
 * goes back to `returnTo` instead, and the widget asks for the approval's state. A page that cannot ask
 * for the password (`expired`, `unavailable`) knows neither and tells whoever frames it.
 */
export interface KeypadMessage {
  type: 'ecode-keypad'
  /** Left out by a page that cannot ask for the password: it knows of none. */
  approvalId?: string
  /** `resize` carries the height the page would like to have. */
  event: 'ready' | 'resize' | 'approved' | 'cancelled' | 'locked' | 'expired' | 'unavailable'
  heightPx?: number
}

/**
 * R16: proof that the person holds a phone, for a password that is set first or again: the bank's SMS
 * to the reserved number of a bound card, or ours to the number the school holds.
 */
export const startVerificationSchema = z
  .discriminatedUnion('means', [
    z.strictObject({ means: z.literal('bank_card'), cardId: idSchema }),
    z.strictObject({ means: z.literal('school_phone') }),
  ])
  .meta({ id: 'StartVerification' })

export const verificationSchema = z
  .object({
    verificationId: idSchema,
    phoneTail: z.string().regex(/^\d{4}$/),
    expiresAt: instantSchema,
  })
  .meta({ id: 'Verification' })
export type Verification = z.infer<typeof verificationSchema>

export const confirmVerificationSchema = z
  .strictObject({ smsCode: z.string().regex(/^\d{6}$/) })
  .meta({ id: 'ConfirmVerification' })
