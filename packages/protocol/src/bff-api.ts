import { z } from 'zod'
import { prefixPaths } from './core-api.ts'
import { personRoutes } from './person-api.ts'
import { defineRoutes } from './route.ts'
import { createSessionSchema, sessionSchema, ticketSessionSchema } from './sessions.ts'
import { coreSignInRoutes, createdTicketSchema, createTicketSchema } from './sign-ins.ts'

/** For a school's own server, with `Authorization: Basic base64(schoolId:secret)`. */
export const sessionRoutes = defineRoutes({
  createSession: {
    method: 'POST',
    path: '/v1/sessions',
    summary: 'Opens a session for one person and one page key; at most ten minutes',
    body: createSessionSchema,
    answers: { 201: z.union([sessionSchema, ticketSessionSchema]) },
    errors: ['SCHOOL_CREDENTIALS_INVALID', 'SUBJECT_UNKNOWN'],
  },
})

/** What pages call, with `Authorization: DPoP <token>` and a `DPoP` proof (RFC 9449). */
export const pageRoutes = prefixPaths(personRoutes, '/v1/me')

/** Server-sent events for one person, read by streamed fetch; `Last-Event-ID` resumes at a cursor. */
export const EVENT_STREAM_PATH = '/v1/me/event-stream'

/**
 * What a mini-program's own pages call with `Authorization: Bearer <token>` and no proof: they have no
 * WebCrypto to make one. Everything else wants a page key (SESSION_KEY_MISSING).
 */
export const keylessOperations: readonly (keyof typeof personRoutes)[] = [
  'getCard',
  'getAccounts',
  'issueCode',
  'getEvents',
  'getBillEntry',
]

/** For the same sessions: the page that a web-view opens next. */
export const ticketRoutes = defineRoutes({
  createTicket: {
    method: 'POST',
    path: '/v1/me/tickets',
    summary: 'A one-time ticket, in the address of the page that a web-view opens next',
    body: createTicketSchema,
    answers: { 201: createdTicketSchema },
    errors: coreSignInRoutes.createTicket.errors,
  },
})
