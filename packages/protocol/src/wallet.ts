import { z } from 'zod'
import { amountFenSchema, balanceFenSchema, idSchema, instantSchema } from './shapes.ts'

/** R9–R12, R14, R15: the wallet as its own screen shows it. */

/** A bank card, masked. The bank's token for it never leaves the core. */
export const bankCardSchema = z
  .object({
    cardId: idSchema,
    bankName: z.string(),
    tail: z.string().regex(/^\d{4}$/),
    isDefault: z.boolean().describe('R10: charged when the wallet is short (R13)'),
    boundAt: instantSchema,
  })
  .meta({ id: 'BankCard' })
export type BankCard = z.infer<typeof bankCardSchema>

/**
 * - `PROCESSING` the bank is being asked.
 * - `UNKNOWN` it has not answered in time; a worker keeps asking. Never shown as failed (R12).
 * - `SUCCEEDED`, `DECLINED` are final; what a declined withdrawal had taken is back in the wallet.
 */
export const transferStatusSchema = z.enum(['PROCESSING', 'UNKNOWN', 'SUCCEEDED', 'DECLINED'])

/** R12: money between the wallet and a bound card. */
export const transferSchema = z
  .object({
    transferId: idSchema.describe('Made and kept by the page before the first send'),
    kind: z.enum(['top_up', 'withdrawal']),
    status: transferStatusSchema,
    amountFen: amountFenSchema,
    bankName: z.string(),
    cardTail: z.string().regex(/^\d{4}$/),
    createdAt: instantSchema,
    settledAt: instantSchema.nullable(),
  })
  .meta({ id: 'Transfer' })
export type Transfer = z.infer<typeof transferSchema>

export const startTransferSchema = z
  .strictObject({
    transferId: idSchema,
    cardId: idSchema,
    amountFen: amountFenSchema,
    approvalId: idSchema,
  })
  .meta({ id: 'StartTransfer' })

/** What the person may choose, and what the regulator and the school allow (R15). */
export const limitsSchema = z
  .object({
    singleFen: balanceFenSchema,
    dailyFen: balanceFenSchema,
    spentTodayFen: balanceFenSchema,
    ceilingFen: balanceFenSchema.describe('Neither limit may be higher: what one day may see'),
  })
  .meta({ id: 'Limits' })
export type Limits = z.infer<typeof limitsSchema>

export const setLimitsSchema = z
  .strictObject({
    singleFen: amountFenSchema,
    dailyFen: amountFenSchema,
    approvalId: idSchema.optional().describe('Needed when either limit rises'),
  })
  .meta({ id: 'SetLimits' })

export const walletSchema = z
  .object({
    status: z.enum(['not_open', 'open', 'closed']),
    balanceFen: balanceFenSchema.nullable().describe('null until it has been opened'),
    cards: z.array(bankCardSchema).describe('Bound now, oldest first'),
    unbindsLeft: z.int().min(0).max(3).describe('R10: of three in a lifetime'),
    reopensLeft: z.int().min(0).max(3).describe('R11: of three'),
    pending: z.array(transferSchema).describe('Transfers the bank has not decided, newest first'),
    limits: limitsSchema,
    agreement: z
      .object({
        signedAt: instantSchema.nullable(),
        urged: z.boolean().describe("The school wants this person's group to sign (R14)"),
      })
      .describe('R14: card swipe and face payment need it'),
    password: z.enum(['not_set', 'set', 'locked']).describe('R16'),
    needsFace: z
      .boolean()
      .describe('R9: the school has it opened only by a binding with a face check'),
    bindingId: idSchema.nullable().describe('A card that waits for its SMS code or face check'),
  })
  .meta({ id: 'Wallet' })
export type Wallet = z.infer<typeof walletSchema>

/**
 * R9: what the bank compares with its own record. R42: taken with consent, kept by the core only
 * until the bank has answered; of the card, bank, tail and the bank's token remain.
 */
export const startBindingSchema = z
  .strictObject({
    consent: z.literal(true),
    name: z.string().min(1).max(60),
    idNumber: z
      .string()
      .regex(/^[0-9A-Z]{5,18}$/)
      .describe('Identity document number'),
    cardNo: z.string().regex(/^\d{12,19}$/),
    phone: z
      .string()
      .regex(/^\d{6,15}$/)
      .describe('The number reserved at the bank'),
    face: z
      .strictObject({
        consent: z.literal(true),
        returnTo: z
          .url({ protocol: /^https?$/ })
          .max(2_000)
          .describe("The page itself, on one of the school's origins"),
        locale: z.enum(['zh-CN', 'en']),
      })
      .optional()
      .describe('R42: needed where the wallet needsFace, and of no effect elsewhere'),
  })
  .meta({ id: 'StartBinding' })

/** Where the person looks into the camera: the provider's own page, opened at top level. */
export const openFaceCheckSchema = z
  .object({
    pageUrl: z.url().nullable().describe('null: the provider does not answer just now'),
    expiresAt: instantSchema,
  })
  .meta({ id: 'OpenFaceCheck' })
export type OpenFaceCheck = z.infer<typeof openFaceCheckSchema>

/** The bank has sent an SMS code to the reserved phone. */
export const bindingSchema = z
  .object({
    bindingId: idSchema,
    bankName: z.string(),
    tail: z.string().regex(/^\d{4}$/),
    phoneTail: z.string().regex(/^\d{4}$/),
    expiresAt: instantSchema,
    faceCheck: openFaceCheckSchema
      .nullable()
      .describe('To be passed too, before or after the code'),
  })
  .meta({ id: 'Binding' })
export type Binding = z.infer<typeof bindingSchema>

export const confirmBindingSchema = z
  .strictObject({ smsCode: z.string().regex(/^\d{6}$/) })
  .meta({ id: 'ConfirmBinding' })

/** The card is bound and the wallet open. */
export const boundCardSchema = z
  .object({
    wallet: walletSchema,
    verificationId: idSchema
      .nullable()
      .describe('Lets the person set a first payment password without a second SMS (R16)'),
  })
  .meta({ id: 'BoundCard' })
export type BoundCard = z.infer<typeof boundCardSchema>

/** A binding as it stands; all of it is kept by the core, so any page of the person can go on with it. */
export const bindingStateSchema = z
  .object({
    bindingId: idSchema,
    bankName: z.string(),
    tail: z.string().regex(/^\d{4}$/),
    expiresAt: instantSchema,
    awaits: z
      .array(z.enum(['SMS_CODE', 'FACE']))
      .describe('In either order; the last of them binds'),
    faceCheck: openFaceCheckSchema.nullable().describe('While FACE is awaited'),
    bound: boundCardSchema.nullable().describe('Once nothing is awaited'),
  })
  .meta({ id: 'BindingState' })
export type BindingState = z.infer<typeof bindingStateSchema>

/** An approval is needed because this gives something up or moves money. */
export const approvedSchema = z.strictObject({ approvalId: idSchema }).meta({ id: 'Approved' })
