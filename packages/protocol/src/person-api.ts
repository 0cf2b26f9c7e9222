import { z } from 'zod'
import { accountsSchema, chooseDefaultAccountSchema } from './accounts.ts'
import { billEntrySchema, billPageSchema, billQuerySchema } from './bill.ts'
import { cardNumberSchema, cardSchema, claimCardSchema } from './card.ts'
import {
  confirmEnrolmentSchema,
  contactDeviceSchema,
  deviceContactSchema,
  enrolledDeviceSchema,
  enrolmentSchema,
  startEnrolmentSchema,
} from './devices.ts'
import { eventQuerySchema, personEventPageSchema } from './events.ts'
import { issueCodeSchema, issuedCodeSchema } from './issued-codes.ts'
import { defineRoutes } from './route.ts'

/** `{}`: done, and there is nothing to say about it. */
export const doneSchema = z.object({}).meta({ id: 'Done' })

/**
 * What a person can do, said once for both sides of the BFF: pages call these under `/v1/me`, the
 * BFF forwards them to the core under `/v1/schools/:schoolId/people/:personId`.
 */
export const personRoutes = defineRoutes({
  getCard: {
    method: 'GET',
    path: '/card',
    summary: 'The e-card, masked',
    answers: { 200: cardSchema },
    errors: [],
    scope: 'card',
  },
  getCardNumber: {
    method: 'GET',
    path: '/card/number',
    summary: 'The card number in full, for the person who tapped to see it',
    answers: { 200: cardNumberSchema },
    errors: [],
    scope: 'card',
  },
  claimCard: {
    method: 'POST',
    path: '/card/claim',
    summary: 'Claims and activates the e-card (R2a); repeating is harmless',
    body: claimCardSchema,
    answers: { 200: cardSchema },
    errors: ['CARD_LOCKED', 'CARD_CLOSED'],
    scope: 'card',
  },
  getAccounts: {
    method: 'GET',
    path: '/accounts',
    summary: 'Both accounts with balance and freshness, the fallback card, the limits',
    answers: { 200: accountsSchema },
    errors: [],
    scope: 'card',
  },
  chooseDefaultAccount: {
    method: 'PUT',
    path: '/default-account',
    summary: 'Which account a new code names first (R7)',
    body: chooseDefaultAccountSchema,
    answers: { 200: accountsSchema },
    errors: ['ACCOUNT_NOT_OPEN'],
    scope: 'pay',
  },
  issueCode: {
    method: 'POST',
    path: '/codes',
    summary: 'A payment code drawn by the core; the person’s earlier issued codes die unless kept',
    body: issueCodeSchema,
    answers: { 201: issuedCodeSchema },
    errors: ['CARD_NOT_CLAIMED', 'CARD_LOCKED', 'CARD_CLOSED', 'ACCOUNT_NOT_OPEN'],
    scope: 'pay',
  },
  startEnrolment: {
    method: 'POST',
    path: '/enrolments',
    summary: 'Starts enrolling this phone; sends an SMS code',
    body: startEnrolmentSchema,
    answers: { 201: enrolmentSchema },
    errors: [
      'CARD_NOT_CLAIMED',
      'CARD_LOCKED',
      'CARD_CLOSED',
      'DEVICE_KEY_INVALID',
      'PHONE_MISSING',
      'SMS_TOO_SOON',
      'SMS_UNAVAILABLE',
    ],
    scope: 'pay',
  },
  confirmEnrolment: {
    method: 'POST',
    path: '/enrolments/:enrolmentId/confirm',
    summary: 'Finishes enrolling with the SMS code; replaces the phone’s earlier key',
    body: confirmEnrolmentSchema,
    answers: { 201: enrolledDeviceSchema },
    errors: [
      'ENROLMENT_UNKNOWN',
      'SMS_CODE_WRONG',
      'SMS_CODE_EXPIRED',
      'SMS_TRIES_EXHAUSTED',
      'CARD_LOCKED',
    ],
    scope: 'pay',
  },
  contactDevice: {
    method: 'POST',
    path: '/devices/:deviceId/contact',
    summary: 'A sign of life; brings the clock and, when due, a fresh grant',
    body: contactDeviceSchema,
    answers: { 200: deviceContactSchema },
    errors: ['DEVICE_UNKNOWN', 'DEVICE_REMOVED', 'CARD_LOCKED'],
    scope: 'pay',
  },
  removeDevice: {
    method: 'DELETE',
    path: '/devices/:deviceId',
    summary: 'Ends a phone’s codes, for example at sign-out',
    answers: { 200: doneSchema },
    errors: ['DEVICE_UNKNOWN'],
    scope: 'pay',
  },
  getBill: {
    method: 'GET',
    path: '/bill',
    summary: 'A page of one month’s bill, newest first (R17)',
    query: billQuerySchema,
    answers: { 200: billPageSchema },
    errors: [],
    scope: 'bill',
  },
  getBillEntry: {
    method: 'GET',
    path: '/bill/:entryId',
    summary: 'One entry in full',
    answers: { 200: billEntrySchema },
    errors: ['ORDER_NOT_FOUND'],
    scope: 'bill',
  },
  getEvents: {
    method: 'GET',
    path: '/events',
    summary: 'What happened since a cursor: the polling side of the event stream',
    query: eventQuerySchema,
    answers: { 200: personEventPageSchema },
    errors: [],
    scope: 'card',
  },
})
