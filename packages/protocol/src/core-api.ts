import { eventFeedQuerySchema, eventPageSchema } from './events.ts'
import {
  paymentSchema,
  payRequestSchema,
  refundRequestSchema,
  refundSchema,
  reverseRequestSchema,
  terminalSelfSchema,
} from './payments.ts'
import { personRoutes } from './person-api.ts'
import { faceCheckNewsSchema } from './real-name-port.ts'
import { defineRoutes, type Route } from './route.ts'
import { resolvedSubjectSchema, resolveSubjectSchema } from './sessions.ts'
import { doneSchema } from './shapes.ts'

/** The BFF's prefix for person routes at the core. */
export const PERSON_PREFIX = '/v1/schools/:schoolId/people/:personId'

/** Calls that only a BFF's key may make. */
export const bffRoutes = defineRoutes({
  resolveSubject: {
    method: 'POST',
    path: '/v1/schools/:schoolId/subjects',
    summary: 'Checks a school’s secret and finds the person it asserts',
    body: resolveSubjectSchema,
    answers: { 200: resolvedSubjectSchema },
    errors: ['SCHOOL_CREDENTIALS_INVALID', 'SUBJECT_UNKNOWN'],
  },
  getEventFeed: {
    method: 'GET',
    path: '/v1/events',
    summary: 'Everything that happened since a cursor, for all people; waits up to waitSeconds',
    query: eventFeedQuerySchema,
    answers: { 200: eventPageSchema },
    errors: [],
  },
})

/** Calls that only the real-name provider's key may make. */
export const providerRoutes = defineRoutes({
  tellFaceCheck: {
    method: 'POST',
    path: '/v1/face-checks/results',
    summary: 'What came of a face check (R2, R9); repeated or late, it changes nothing',
    body: faceCheckNewsSchema,
    answers: { 200: doneSchema },
    errors: ['FACE_CHECK_UNKNOWN', 'SIGNATURE_REPLAYED'],
  },
})

/** Calls that a terminal's key may make; the key says which terminal it is. */
export const terminalRoutes = defineRoutes({
  pay: {
    method: 'POST',
    path: '/v1/payments',
    summary: 'Pays an order with a scanned code, or by a card or face (R18, R27–R29, R33)',
    body: payRequestSchema,
    answers: { 200: paymentSchema, 202: paymentSchema },
    errors: [
      'AMOUNT_INVALID',
      'CODE_NOT_RECOGNISED',
      'CODE_EXPIRED',
      'CODE_NOT_YET_VALID',
      'CODE_USED',
      'CODE_IDENTITY_ONLY',
      'CODE_ACCESS_ONLY',
      'CODE_COLLECTION_ONLY',
      'CODE_FOREIGN_NOT_ACCEPTED',
      'CODE_OTHER_SCHOOL',
      'DEVICE_CODES_PAUSED',
      'DEVICE_OFFLINE_CAP',
      'DEVICE_REMOVED',
      'TOKEN_UNKNOWN',
      'AGREEMENT_MISSING',
      'FACE_CONSENT_MISSING',
      'CARD_NOT_CLAIMED',
      'CARD_LOCKED',
      'CARD_CLOSED',
      'ACCOUNT_NOT_OPEN',
      'OVER_SINGLE_LIMIT',
      'OVER_DAILY_LIMIT',
      'PASSWORD_REQUIRED',
      'PASSWORD_LOCKED',
      'PASSWORD_DECLINED',
      'PASSWORD_TIMED_OUT',
      'INSUFFICIENT_FUNDS',
      'BANK_DECLINED',
      'BANK_UNAVAILABLE',
      'ONE_CARD_UNAVAILABLE',
      'WECHAT_NOT_BOUND',
      'WECHAT_DECLINED',
      'WECHAT_TIMED_OUT',
      'WECHAT_UNAVAILABLE',
      'MERCHANT_NOT_ACCEPTING',
      'TERMINAL_DISABLED',
      'TERMINAL_PAUSED',
      'TERMINAL_LOCKED',
      'ORDER_NO_REUSED',
      'ORDER_REVERSED',
      'SIGNATURE_REPLAYED',
    ],
  },
  getPayment: {
    method: 'GET',
    path: '/v1/payments/:orderNo',
    summary: 'What became of an order',
    answers: { 200: paymentSchema },
    errors: ['ORDER_NOT_FOUND'],
  },
  reverse: {
    method: 'POST',
    path: '/v1/payments/:orderNo/reverse',
    summary: 'Undoes an order, also one that has not arrived yet (R33)',
    body: reverseRequestSchema,
    answers: { 200: paymentSchema, 202: paymentSchema },
    errors: ['ORDER_REFUNDED', 'REVERSAL_TOO_LATE', 'SIGNATURE_REPLAYED'],
  },
  refund: {
    method: 'POST',
    path: '/v1/payments/:orderNo/refunds',
    summary: 'Returns part or all of a paid order to where it came from',
    body: refundRequestSchema,
    answers: { 200: refundSchema, 202: refundSchema },
    errors: [
      'AMOUNT_INVALID',
      'ORDER_NOT_FOUND',
      'ORDER_NOT_PAID',
      'REFUND_NO_REUSED',
      'REFUND_EXCEEDS_PAYMENT',
      'REFUND_DECLINED',
      'SIGNATURE_REPLAYED',
    ],
  },
  getRefund: {
    method: 'GET',
    path: '/v1/payments/:orderNo/refunds/:refundNo',
    summary: 'What became of a refund',
    answers: { 200: refundSchema },
    errors: ['ORDER_NOT_FOUND', 'REFUND_NOT_FOUND'],
  },
  getTerminal: {
    method: 'GET',
    path: '/v1/terminal',
    summary: 'Who this key belongs to, and the core’s clock',
    answers: { 200: terminalSelfSchema },
    errors: [],
  },
})

/** Person routes as the core serves them. */
export const corePersonRoutes = prefixPaths(personRoutes, PERSON_PREFIX)

/** The same routes under another prefix, with names and types kept. */
export function prefixPaths<T extends Record<string, Route>>(routes: T, prefix: string): T {
  return Object.fromEntries(
    Object.entries(routes).map(([name, route]) => [name, { ...route, path: prefix + route.path }]),
  ) as T
}
