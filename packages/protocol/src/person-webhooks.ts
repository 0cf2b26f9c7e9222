import { z } from 'zod'
import { noticeContentSchema } from './notices.ts'
import { channelSchema, idSchema, instantSchema, payMeansSchema, schoolIdSchema } from './shapes.ts'

/** A payment as a school's server is told of it. */
const paymentNewsSchema = z.object({
  kind: z.enum(['paid', 'reversed']),
  entryId: idSchema.describe('In the bill'),
  amountFen: z.int(),
  means: payMeansSchema,
  channel: channelSchema,
  merchantName: z.string(),
  terminalName: z.string().nullable(),
})

/** What is told of a notice, but for what is the bank's or the phone's own. */
export const WITHHELD = ['bankName', 'cardTail', 'tail', 'deviceId'] as const
type Withheld = (typeof WITHHELD)[number]
type Told<T> = T extends unknown ? Omit<T, Withheld> : never

const toldNoticeSchemas = noticeContentSchema.options.map((option) =>
  z.object(
    Object.fromEntries(
      Object.entries(option.shape).filter(([name]) => !WITHHELD.some((one) => one === name)),
    ),
  ),
)

const aboutSchema = z.union([paymentNewsSchema, ...toldNoticeSchemas]) as unknown as z.ZodType<
  z.infer<typeof paymentNewsSchema> | Told<z.infer<typeof noticeContentSchema>>
>
export type PersonNews = z.infer<typeof aboutSchema>

/**
 * R41: what is posted to a school's own server when something has happened to one of its people: payments, and
 * whatever makes a notice. Signed as Standard Webhooks say; delivered at least once, in no sure order, always
 * under the same `webhook-id`. See docs/webhooks.md.
 */
export const personWebhookSchema = z
  .object({
    type: z
      .string()
      .regex(/^person\.[a-z_]+$/)
      .describe('`person.` and the kind of `data.about`'),
    timestamp: instantSchema.describe('When it happened'),
    data: z.object({
      schoolId: schoolIdSchema,
      personId: idSchema,
      cardNo: z
        .string()
        .nullable()
        .describe('As the school’s server names the person; null once they had themselves deleted'),
      sequence: z.int().describe('1, 2, 3 … for each school, in the order in which it happened'),
      about: aboutSchema,
    }),
  })
  .meta({ id: 'PersonWebhook' })
export type PersonWebhook = z.infer<typeof personWebhookSchema>
