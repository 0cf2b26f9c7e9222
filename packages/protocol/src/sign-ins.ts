import { z } from 'zod'
import { defineRoutes } from './route.ts'
import { grantedScopesSchema, scopeSchema, sessionSchema } from './sessions.ts'
import {
  base64UrlSchema,
  doneSchema,
  idSchema,
  instantSchema,
  personClassSchema,
  schoolIdSchema,
} from './shapes.ts'

// How a page gets a session without a school's server behind it: WeChat says who somebody is (R2b, R27), or
// whoever knows it hands over a ticket.

/** 32 random bytes of the page; only who has it redeems the ticket (RFC 7636 §4.1). */
export const verifierSchema = base64UrlSchema.length(43)
/** base64url(SHA-256(verifier)), "S256" (RFC 7636 §4.2). */
export const challengeSchema = base64UrlSchema.length(43)

/**
 * The school's id and 256 random bits: good once, for a minute. It travels in a fragment, which no server
 * and no Referer sees, and the page takes it out of its address at once.
 */
export const ticketSchema = z.string().regex(/^\d{4}[\w-]{43}$/)
export const TICKET_TTL_SECONDS = 60
/** `#t=<ticket>` in the address of the page that redeems it. */
export const TICKET_FRAGMENT = 't'

const pageUrlSchema = z.url({ protocol: /^https?$/ }).max(2_000)

export const startWechatSignInSchema = z
  .strictObject({
    schoolId: schoolIdSchema,
    challenge: challengeSchema,
    returnTo: pageUrlSchema.describe(
      "The page itself, on one of the school's origins or the BFF's; kept by the core",
    ),
  })
  .meta({ id: 'StartWechatSignIn' })
export const wechatSignInSchema = z
  .object({
    authoriseUrl: z
      .url()
      .describe(
        "On the core's public origin, which binds the journey to this browser and leads on to WeChat",
      ),
    expiresAt: instantSchema,
  })
  .meta({ id: 'WechatSignIn' })
export type WechatSignIn = z.infer<typeof wechatSignInSchema>

/** A word in place of a ticket, `#t=<word>`: why there is none. */
export const signInResultSchema = z.enum(['cancelled', 'again', 'unavailable'])

export const redeemTicketSchema = z
  .strictObject({ ticket: ticketSchema, verifier: verifierSchema })
  .meta({ id: 'RedeemTicket' })
/** Who has signed in, and what sessions are opened with from now on. */
export const signedInSchema = z
  .object({
    subject: z.string().describe('Names the person for this page: `subject` of ECode.create'),
    refreshToken: z.string(),
  })
  .meta({ id: 'SignedIn' })
export type SignedIn = z.infer<typeof signedInSchema>

/** The first refresh token lives a minute and takes any key; those after it only the same one. */
export const refreshSessionSchema = z
  .strictObject({
    refreshToken: z.string().max(4_096),
    thumbprint: base64UrlSchema.length(43),
  })
  .meta({ id: 'RefreshSession' })
export const refreshedSessionSchema = sessionSchema
  .extend({ refreshToken: z.string() })
  .meta({ id: 'RefreshedSession' })

export const signInMiniProgramSchema = z
  .strictObject({ schoolId: schoolIdSchema, code: z.string().min(1).max(128).describe('wx.login') })
  .meta({ id: 'SignInMiniProgram' })
/**
 * `signed_in`: a session without a page key, `Authorization: Bearer <token>`, for the few calls that a
 * mini-program's own pages make. `unbound`: nobody knows this WeChat yet; the address, for a web-view, is
 * where card number and campus-card password are entered (R2b), once.
 */
export const miniProgramSignInSchema = z
  .discriminatedUnion('result', [
    z.object({
      result: z.literal('signed_in'),
      token: z.string(),
      expiresAt: instantSchema,
      scopes: grantedScopesSchema,
      subject: z.string(),
    }),
    z.object({ result: z.literal('unbound'), bindUrl: z.url(), expiresAt: instantSchema }),
  ])
  .meta({ id: 'MiniProgramSignIn' })

/** A ticket for a page that will be opened next. */
export const createTicketSchema = z
  .strictObject({
    target: pageUrlSchema.describe("A page on one of the school's origins or the BFF's"),
  })
  .meta({ id: 'CreateTicket' })
export const createdTicketSchema = z
  .object({ url: z.url().describe('The target with the ticket'), expiresAt: instantSchema })
  .meta({ id: 'CreatedTicket' })

/** What pages without a session call at the BFF. */
export const signInRoutes = defineRoutes({
  startWechatSignIn: {
    method: 'POST',
    path: '/v1/sign-ins/wechat',
    summary: 'Where a page in WeChat goes to find out who is there (official account, base scope)',
    body: startWechatSignInSchema,
    answers: { 201: wechatSignInSchema },
    errors: ['WECHAT_SIGN_IN_NOT_OFFERED', 'RETURN_ADDRESS_NOT_ALLOWED', 'RATE_LIMITED'],
  },
  redeemTicket: {
    method: 'POST',
    path: '/v1/tickets/redeem',
    summary: 'Turns a ticket into a sign-in, once; again only with the same verifier',
    body: redeemTicketSchema,
    answers: { 200: signedInSchema },
    errors: ['TICKET_INVALID', 'RATE_LIMITED'],
  },
  refreshSession: {
    method: 'POST',
    path: '/v1/sessions/refresh',
    summary: 'Opens a session, and the next one, while the sign-in lasts',
    body: refreshSessionSchema,
    answers: { 200: refreshedSessionSchema },
    errors: ['SIGN_IN_ENDED', 'RATE_LIMITED'],
  },
  signInMiniProgram: {
    method: 'POST',
    path: '/v1/sign-ins/mini-program',
    summary: 'Signs somebody in by the code of wx.login',
    body: signInMiniProgramSchema,
    answers: { 200: miniProgramSignInSchema },
    errors: [
      'WECHAT_SIGN_IN_NOT_OFFERED',
      'WECHAT_CODE_INVALID',
      'WECHAT_SIGN_IN_UNAVAILABLE',
      'RATE_LIMITED',
    ],
  },
})

/** How somebody signed in, in what the BFF seals and the core checks again. */
export const signInChannelSchema = z.enum(['wechat', 'mini_program', 'school'])
export type SignInChannel = z.infer<typeof signInChannelSchema>

/** R24: where else than by the school's own word a school may let merchants' printed codes be paid. */
export const collectionChannelSchema = signInChannelSchema.exclude(['school'])
export type CollectionChannel = z.infer<typeof collectionChannelSchema>

/** What the core lets a sign-in do; the BFF seals it, and nothing more. */
const signInScopesSchema = z
  .array(scopeSchema)
  .describe('All but `collection`, where the school does not allow it in this channel (R24)')

const personHereSchema = z.object({ personId: idSchema, origins: z.array(z.string()) })

/**
 * What a sign-in hangs on, in the core's own words: the WeChat as it was bound then, of which the next one differs,
 * even of the same person and the same WeChat. The BFF keeps it in what it seals. Empty for a school's own word.
 */
const bindingSchema = z.string().max(64)

/** The same at the core, for the BFF's key. */
export const coreSignInRoutes = defineRoutes({
  startWechatSignIn: {
    method: 'POST',
    path: '/v1/schools/:schoolId/sign-ins/wechat',
    summary: 'Begins a sign-in by WeChat',
    body: startWechatSignInSchema
      .omit({ schoolId: true })
      .extend({ bffOrigin: z.string() })
      .meta({ id: 'CoreStartWechatSignIn' }),
    answers: { 201: wechatSignInSchema },
    errors: signInRoutes.startWechatSignIn.errors,
  },
  signInMiniProgram: {
    method: 'POST',
    path: '/v1/schools/:schoolId/sign-ins/mini-program',
    summary: 'Finds whose WeChat this is',
    body: signInMiniProgramSchema.omit({ schoolId: true }).meta({ id: 'CoreSignInMiniProgram' }),
    answers: {
      200: z
        .discriminatedUnion('result', [
          personHereSchema.extend({
            result: z.literal('signed_in'),
            binding: bindingSchema,
            scopes: signInScopesSchema,
          }),
          z.object({ result: z.literal('unbound'), bindUrl: z.url(), expiresAt: instantSchema }),
        ])
        .meta({ id: 'CoreMiniProgramSignIn' }),
    },
    errors: signInRoutes.signInMiniProgram.errors,
  },
  createTicket: {
    method: 'POST',
    path: '/v1/schools/:schoolId/people/:personId/tickets',
    summary: 'A ticket for a page of the school or the BFF',
    body: createTicketSchema
      .extend({ bffOrigin: z.string(), channel: signInChannelSchema, binding: bindingSchema })
      .meta({ id: 'CoreCreateTicket' }),
    answers: {
      201: z.object({ ticket: ticketSchema, expiresAt: instantSchema }).meta({ id: 'CoreTicket' }),
    },
    errors: ['RETURN_ADDRESS_NOT_ALLOWED', 'SIGN_IN_ENDED', 'RATE_LIMITED'],
  },
  redeemTicket: {
    method: 'POST',
    path: '/v1/schools/:schoolId/tickets/redeem',
    summary: 'Turns a ticket into a sign-in',
    body: redeemTicketSchema,
    answers: {
      200: personHereSchema
        .extend({ channel: signInChannelSchema, binding: bindingSchema })
        .meta({ id: 'CoreRedeemedTicket' }),
    },
    errors: signInRoutes.redeemTicket.errors,
  },
  checkSignIn: {
    method: 'POST',
    path: '/v1/schools/:schoolId/people/:personId/sign-ins/check',
    summary:
      'Whether a sign-in still holds and what it may do, asked at each refresh; notes it (R6)',
    body: z
      .strictObject({
        channel: signInChannelSchema,
        binding: bindingSchema,
        scopes: z.array(scopeSchema).min(1).describe('What the session is wanted for'),
      })
      .meta({ id: 'CheckSignIn' }),
    answers: {
      200: personHereSchema
        .extend({ scopes: signInScopesSchema.describe('Those of them that it gets (R24)') })
        .meta({ id: 'CheckedSignIn' }),
    },
    errors: ['SIGN_IN_ENDED'],
  },
})

/** R36: one of the school's other services, in the grid. */
export const serviceIconSchema = z.enum([
  'news',
  'orientation',
  'library',
  'clubs',
  'jobs',
  'timetable',
  'repair',
  'bus',
  'health',
  'sports',
  'link',
])
export const gridServiceSchema = z
  .object({
    serviceId: z.string().regex(/^[a-z0-9-]{1,40}$/),
    name: z.object({ 'zh-CN': z.string(), en: z.string() }),
    icon: serviceIconSchema,
    native: z
      .string()
      .nullable()
      .describe('A page of the host app, opened by it where it can; else the address is'),
  })
  .meta({ id: 'GridService' })
export type GridService = z.infer<typeof gridServiceSchema>

/**
 * The page posts a form `{ ticket }` to the address (CAS 3.0 §2.2.1, `method=POST`), so that the ticket is in
 * no address; the service's server asks `GET /cas/p3/serviceValidate?service=…&ticket=…` of the BFF whose it
 * is (CAS 3.0 §2.8).
 */
export const serviceTicketSchema = z
  .object({
    url: z.url(),
    ticket: z.string().regex(/^ST-\d{4}-[\w-]{43}$/),
    expiresAt: instantSchema,
  })
  .meta({ id: 'ServiceTicket' })

export const pageSignatureSchema = z
  .object({
    appId: z.string(),
    timestamp: z.int(),
    nonceStr: z.string(),
    signature: z.string(),
    scriptUrl: z.url().describe("WeChat's own JS-SDK, where the page does not have it yet"),
  })
  .meta({ id: 'PageSignature' })

/** Part of the person routes. */
export const hostRoutes = defineRoutes({
  signWechatPage: {
    method: 'POST',
    path: '/wechat/page-signatures',
    summary: "What wx.config wants for a page on one of the school's origins",
    body: z
      .strictObject({ url: pageUrlSchema.describe('Without its fragment') })
      .meta({ id: 'SignWechatPage' }),
    answers: { 200: pageSignatureSchema },
    errors: [
      'WECHAT_SIGN_IN_NOT_OFFERED',
      'RETURN_ADDRESS_NOT_ALLOWED',
      'WECHAT_SIGN_IN_UNAVAILABLE',
    ],
  },
  endWechatSignIn: {
    method: 'POST',
    path: '/wechat/sign-in/end',
    summary: 'WeChat does not sign this person in any more (R6); repeating is harmless',
    answers: { 200: doneSchema },
    errors: [],
    scope: 'card',
  },
  getServices: {
    method: 'GET',
    path: '/services',
    summary: "The school's other services, for this person's campus and class (R36)",
    answers: {
      200: z.object({ services: z.array(gridServiceSchema) }).meta({ id: 'GridServices' }),
    },
    errors: [],
    scope: 'card',
  },
  openService: {
    method: 'POST',
    path: '/services/:serviceId/tickets',
    summary: 'A one-time ticket that signs the person in there (R36)',
    answers: { 201: serviceTicketSchema },
    errors: ['SERVICE_UNKNOWN', 'CARD_NOT_CLAIMED', 'CARD_CLOSED', 'RATE_LIMITED'],
    scope: 'card',
  },
})

/** A call of the BFF alone, which answers a school's service in the forms of CAS 3.0 (XML, JSON). */
export const serviceTicketRoutes = defineRoutes({
  validateServiceTicket: {
    method: 'POST',
    path: '/v1/schools/:schoolId/service-tickets/validate',
    summary: 'Whose a service ticket is, once; only for the address it was made for',
    body: z
      .strictObject({ ticket: z.string().max(100), service: z.string().max(2_000) })
      .meta({ id: 'ValidateServiceTicket' }),
    answers: {
      200: z
        .object({ cardNo: z.string(), name: z.string(), class: personClassSchema })
        .meta({ id: 'ValidatedServiceTicket' }),
    },
    // SERVICE_UNKNOWN: it is good, and spent now, but was made for another address (INVALID_SERVICE).
    errors: ['TICKET_INVALID', 'SERVICE_UNKNOWN'],
  },
})
