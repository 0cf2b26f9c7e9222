import { z } from 'zod'
import { accessPurposeSchema } from './access-policy.ts'
import { accessRefusalCodes } from './access-refusals.ts'
import { billEntrySchema } from './bill.ts'
import { cardStatusSchema } from './card.ts'
import { idSchema, instantSchema, schoolIdSchema } from './shapes.ts'
import { transferSchema } from './wallet.ts'

/** Where a reader stands in the event log; opaque. */
export const cursorSchema = z.string().regex(/^[0-9a-z.-]{1,64}$/)

/** R22: what became of a scan, as the phone shows it. */
export const paymentEventSchema = z.object({
  type: z.literal('payment'),
  entry: billEntrySchema.describe(
    'Entry with status PAID, REFUSED, PROCESSING, UNKNOWN or REVERSED',
  ),
  deviceId: idSchema.nullable().describe('The phone whose device code was scanned'),
  codeId: idSchema.nullable().describe('The issued code that was scanned'),
  account: z
    .enum(['wallet', 'one_card'])
    .nullable()
    .describe('The account that the code named, or of a card or face the default one'),
})

export const cardEventSchema = z.object({ type: z.literal('card'), status: cardStatusSchema })

export const deviceEventSchema = z.object({
  type: z.literal('device'),
  deviceId: idSchema,
  change: z.enum(['enrolled', 'removed']),
  label: z.string(),
})

/** R12: a top-up or withdrawal was begun, was decided, or its outcome became unknown. */
export const transferEventSchema = z.object({
  type: z.literal('transfer'),
  transfer: transferSchema,
})

/** R6, R9–R16: something about wallet or password changed; the page fetches what it shows again. */
export const walletEventSchema = z.object({
  type: z.literal('wallet'),
  change: z.enum([
    'opened',
    'closed',
    'card_bound',
    'card_unbound',
    'default_card',
    'limits',
    'agreement',
    'password_set',
    'password_locked',
    'password_reset',
    'water',
    'utility',
    'wechat',
  ]),
})

/** R30: a gate has read one of the person's codes. */
export const accessEventSchema = z.object({
  type: z.literal('access'),
  recordId: idSchema,
  gateName: z.string(),
  purpose: accessPurposeSchema.nullable(),
  result: z.enum(['opened', 'refused']),
  refusal: z.enum(accessRefusalCodes).nullable(),
})

/** One thing that happened to a person. Delivered at least once, in order, never needed for correctness. */
export const personEventSchema = z
  .object({
    cursor: cursorSchema,
    at: instantSchema,
    notice: z.literal(true).optional().describe('R41: there is a notice about it'),
    data: z.discriminatedUnion('type', [
      paymentEventSchema,
      cardEventSchema,
      deviceEventSchema,
      transferEventSchema,
      walletEventSchema,
      accessEventSchema,
    ]),
  })
  .meta({ id: 'PersonEvent' })
export type PersonEvent = z.infer<typeof personEventSchema>

export const personEventPageSchema = z
  .object({ events: z.array(personEventSchema), cursor: cursorSchema })
  .meta({ id: 'PersonEventPage' })
export type PersonEventPage = z.infer<typeof personEventPageSchema>

/** What the BFF reads for all its phones at once. */
export const eventPageSchema = z
  .object({
    events: z.array(personEventSchema.extend({ schoolId: schoolIdSchema, personId: idSchema })),
    cursor: cursorSchema,
  })
  .meta({ id: 'EventPage' })
export type EventPage = z.infer<typeof eventPageSchema>

/** Without `after`, the answer is an empty page with the present cursor. */
export const eventQuerySchema = z.object({ after: cursorSchema.optional() })

export const eventFeedQuerySchema = eventQuerySchema.extend({
  waitSeconds: z.coerce
    .number()
    .int()
    .min(0)
    .max(25)
    .default(0)
    .describe('Answer as soon as something happens'),
})
