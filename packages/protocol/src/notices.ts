import { z } from 'zod'
import { amountFenSchema, balanceFenSchema, idSchema, instantSchema } from './shapes.ts'

/**
 * R41: what a notice says. Payments make none, since the phone shows each at once, but for the one
 * that takes the wallet below the person's own threshold.
 */
export const noticeContentSchema = z.discriminatedUnion('kind', [
  z
    .object({
      kind: z.literal('refund'),
      entryId: idSchema.describe('In the bill'),
      amountFen: amountFenSchema,
      merchantName: z.string(),
    })
    .describe('Money of a payment has come back'),
  z
    .object({
      kind: z.enum(['top_up', 'withdrawal']),
      transferId: idSchema,
      status: z.enum(['SUCCEEDED', 'DECLINED']),
      amountFen: amountFenSchema,
      bankName: z.string(),
      cardTail: z.string(),
    })
    .describe('The bank has decided (R12)'),
  z.object({
    kind: z.literal('low_balance'),
    entryId: idSchema.describe('The payment that did it'),
    balanceFen: balanceFenSchema,
    thresholdFen: amountFenSchema,
  }),
  z.object({
    kind: z.literal('device'),
    change: z.enum(['enrolled', 'removed']),
    deviceId: idSchema,
    label: z.string(),
  }),
  z.object({ kind: z.literal('card'), change: z.enum(['locked', 'unlocked']) }).describe('R6'),
  z
    .object({ kind: z.literal('password'), change: z.enum(['set', 'locked', 'reset']) })
    .describe('R16'),
  z.object({ kind: z.literal('wallet'), change: z.enum(['opened', 'closed']) }).describe('R9, R11'),
  z.object({
    kind: z.literal('bank_card'),
    change: z.enum(['bound', 'unbound']),
    bankName: z.string(),
    tail: z.string(),
  }),
  z
    .object({ kind: z.literal('limits'), singleFen: amountFenSchema, dailyFen: amountFenSchema })
    .describe('The limits as they are from then on (R15)'),
  z
    .object({ kind: z.literal('agreement'), change: z.enum(['signed', 'cancelled']) })
    .describe('R14'),
  z
    .object({
      kind: z.literal('wechat'),
      use: z.enum(['pay', 'sign_in']),
      change: z.enum(['bound', 'unbound']),
    })
    .describe('A WeChat pays for the person (R27), or signs them in (R2b); or does no more'),
])
export type NoticeContent = z.infer<typeof noticeContentSchema>

/** One thing the person should know of even if no page was open. Kept for 180 days. */
export const noticeSchema = z
  .object({
    noticeId: idSchema,
    at: instantSchema,
    readAt: instantSchema.nullable(),
    about: noticeContentSchema,
  })
  .meta({ id: 'Notice' })
export type Notice = z.infer<typeof noticeSchema>

const lowBalanceSchema = amountFenSchema
  .nullable()
  .describe('A payment that takes the wallet below this makes a notice; null: none does')

export const noticeSettingsSchema = z
  .strictObject({
    lowBalanceFen: lowBalanceSchema,
    wechat: z.boolean().describe('Receipts come in WeChat, too, where one is bound'),
  })
  .meta({ id: 'NoticeSettings' })
export type NoticeSettings = z.infer<typeof noticeSettingsSchema>

export const setNoticeSettingsSchema = z
  .strictObject({
    lowBalanceFen: lowBalanceSchema,
    wechat: z.boolean().optional().describe('As it is, when left out'),
  })
  .meta({ id: 'SetNoticeSettings' })

export const noticePageSchema = z
  .object({
    notices: z.array(noticeSchema).describe('Newest first'),
    unreadCount: z.int().describe('Of all, not of this page'),
    next: z.string().nullable().describe('Cursor of the following page'),
    settings: noticeSettingsSchema,
    wechatReceipts: z
      .boolean()
      .describe('The school sends receipts in WeChat, and knows one of this person’s'),
  })
  .meta({ id: 'NoticePage' })
export type NoticePage = z.infer<typeof noticePageSchema>

export const noticeQuerySchema = z.object({ cursor: z.string().max(128).optional() })

export const readNoticesSchema = z
  .strictObject({ upTo: idSchema.describe('This notice and all before it') })
  .meta({ id: 'ReadNotices' })

export const unreadNoticesSchema = z.object({ unreadCount: z.int() }).meta({ id: 'UnreadNotices' })
