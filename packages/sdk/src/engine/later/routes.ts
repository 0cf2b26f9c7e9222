import type { RouteName, RouteTable } from '../api.ts'

/** What the engine calls once a code has been on display. */
export const laterRoutes = {
  startEnrolment: 'POST /enrolments',
  confirmEnrolment: 'POST /enrolments/:enrolmentId/confirm',
  contactDevice: 'POST /devices/:deviceId/contact',
  getBill: 'GET /bill',
  getBillEntry: 'GET /bill/:entryId',
  getEvents: 'GET /events',
} as const satisfies Partial<RouteTable<RouteName>>
export type LaterRoute = keyof typeof laterRoutes
