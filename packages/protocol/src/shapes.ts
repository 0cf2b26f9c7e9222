import { z } from 'zod'
import { AMOUNT_FEN_MAX } from './money.ts'

/** Shapes that several features share. Source of each word: docs/rules.md. */

/** A tenant: four digits, as they stand in every code. */
export const schoolIdSchema = z
  .string()
  .regex(/^\d{4}$/)
  .describe('School id, four digits')

/**
 * UUIDv7, made by the side that creates the thing (RFC 9562 §5.7). Parsed ones are in lower case, in
 * which alone we write them (RFC 9562 §4 lets others send either), so that equal ids are equal texts.
 */
export const idSchema = z.uuid().toLowerCase().describe('UUIDv7')

/** Positive whole fen; ¥100,000.00 is more than any single movement here. */
export const amountFenSchema = z.int().min(1).max(AMOUNT_FEN_MAX).describe('Fen: 1250 is ¥12.50')

/** A balance in fen; never negative for a person. */
export const balanceFenSchema = z.int().describe('Fen: 1250 is ¥12.50')

/** RFC 3339 in UTC with milliseconds. */
export const instantSchema = z.iso.datetime().describe('RFC 3339, UTC')

/** Base64url without padding (RFC 4648 §5). */
export const base64UrlSchema = z.string().regex(/^[A-Za-z0-9_-]+$/)

/** R4: who the holder is, for prices and gates. */
export const personClassSchema = z.enum(['student', 'teacher', 'external', 'visitor'])
export type PersonClass = z.infer<typeof personClassSchema>

/** R7: the two accounts in one card. */
export const accountSchema = z.enum(['wallet', 'one_card'])
export type Account = z.infer<typeof accountSchema>

/** R28: other systems whose payment codes a till may scan; each is channel and means under its own word. */
export const foreignKindSchema = z.enum(['wechat', 'alipay', 'unionpay'])
export type ForeignKind = z.infer<typeof foreignKindSchema>

/** R13: where the money came from in the end. */
export const channelSchema = z.enum([
  'wallet',
  'one_card',
  'bank_card',
  ...foreignKindSchema.options,
])
export type Channel = z.infer<typeof channelSchema>

/**
 * What a payment came from: at a terminal a payment code, a card or face (R29) or another system's own code
 * (R27, R28); on the phone a merchant's collection code (R24), an online order (R38) or a utility (R39); a
 * shower's meter (R26).
 */
export const payMeansSchema = z.enum([
  'code',
  'card',
  'face',
  'collection',
  'order',
  'utility',
  'water',
  ...foreignKindSchema.options,
])
export type PayMeans = z.infer<typeof payMeansSchema>

/** A sentence in both languages. */
export const sentencesSchema = z.object({ 'zh-CN': z.string(), en: z.string() })
export type Sentences = z.infer<typeof sentencesSchema>

/** `{}`: done, and there is nothing to say about it. */
export const doneSchema = z.object({}).meta({ id: 'Done' })

/** Terminal's order and refund numbers: made and saved by the terminal before the first send (R33). */
export const orderNoSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/)
  .describe('1–64 of A–Z a–z 0–9 _ -, unique per terminal')
