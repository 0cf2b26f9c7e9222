import { z } from 'zod'
import { defineRoutes } from './route.ts'
import { doneSchema, instantSchema } from './shapes.ts'

/** R27: whether WeChat's own payment code of this person is accepted at campus terminals. */
export const myWechatSchema = z
  .object({
    offered: z.boolean().describe('The school takes WeChat codes'),
    bound: z.boolean(),
    boundAt: instantSchema.nullable(),
    ready: z.boolean().describe('The wallet is open, without which it cannot be bound'),
    signsIn: z.boolean().describe('A WeChat signs this person in (R2b)'),
  })
  .meta({ id: 'MyWechat' })
export type MyWechat = z.infer<typeof myWechatSchema>

export const startWechatBindingSchema = z
  .strictObject({
    returnTo: z
      .url({ protocol: /^https?$/ })
      .max(2_000)
      .describe("The page itself, on one of the school's origins; kept by the core"),
  })
  .meta({ id: 'StartWechatBinding' })

/** Where the page goes to; it leads on to WeChat, WeChat back to the core, and the core to `returnTo`. */
export const wechatBindingSchema = z
  .object({
    authoriseUrl: z
      .url()
      .describe(
        "On the core's public origin, which takes on who comes from the page itself (Referer), and binds the journey to their browser",
      ),
    expiresAt: instantSchema,
  })
  .meta({ id: 'WechatBinding' })
export type WechatBinding = z.infer<typeof wechatBindingSchema>

/**
 * By this member of its fragment the page that a person comes back to hears how it went: a word of
 * `wechatResultSchema`, or the token of somebody who has signed in, to be confirmed. A fragment that the page has of its
 * own stays, before it: `#wechat=…`, `#/card?wechat=…`, `#tab=1&wechat=…`.
 */
export const WECHAT_RESULT_FRAGMENT = 'wechat'

export const wechatTokenSchema = z.string().regex(/^[\w-]{43}$/)

export const confirmWechatBindingSchema = z
  .strictObject({
    token: wechatTokenSchema.describe("From the fragment of the page's own address, once"),
  })
  .meta({ id: 'ConfirmWechatBinding' })

/**
 * - `bound` done.
 * - `cancelled` the person did not let WeChat say who they are.
 * - `again` to be begun once more: WeChat's code was used, WeChat showed a preview of the page, or the
 *   token is not good, not any more, or another person's.
 * - `taken` this WeChat is another person's at the school.
 * - `not_ready` the wallet was closed or the card locked meanwhile.
 * - `unavailable` WeChat does not answer; later.
 */
export const wechatResultSchema = z.enum([
  'bound',
  'cancelled',
  'again',
  'taken',
  'not_ready',
  'unavailable',
])
export type WechatResult = z.infer<typeof wechatResultSchema>

export const wechatOutcomeSchema = z
  .object({ result: wechatResultSchema })
  .meta({ id: 'WechatOutcome' })

/** WeChat authentication; part of the person routes. */
export const wechatRoutes = defineRoutes({
  getMyWechat: {
    method: 'GET',
    path: '/wechat',
    summary: 'Whether WeChat is bound (R27)',
    answers: { 200: myWechatSchema },
    errors: [],
    scope: 'wallet',
  },
  startWechatBinding: {
    method: 'POST',
    path: '/wechat/bindings',
    summary: 'Begins WeChat authentication, once the wallet is open (R27)',
    body: startWechatBindingSchema,
    answers: { 201: wechatBindingSchema },
    errors: [
      'WECHAT_NOT_OFFERED',
      'ACCOUNT_NOT_OPEN',
      'CARD_LOCKED',
      'CARD_CLOSED',
      'CARD_NOT_CLAIMED',
      'RETURN_ADDRESS_NOT_ALLOWED',
      'RATE_LIMITED',
    ],
    scope: 'wallet',
  },
  confirmWechatBinding: {
    method: 'POST',
    path: '/wechat/bindings/confirm',
    summary: 'Binds the WeChat that the person has signed in with, now back on the page (R27)',
    body: confirmWechatBindingSchema,
    answers: { 200: wechatOutcomeSchema },
    errors: [],
    scope: 'wallet',
  },
  endWechatBinding: {
    method: 'POST',
    path: '/wechat/unbind',
    summary: 'Ends it: WeChat codes are not accepted any more; repeating is harmless',
    answers: { 200: doneSchema },
    errors: [],
    scope: 'wallet',
  },
})
