import type { RouteName, RouteTable } from '../api.ts'

/** What access calls. */
export const accessRoutes = {
  getAccess: 'GET /access',
  startCredential: 'POST /access/credentials',
  issueIdentityCode: 'POST /identity-codes',
  getAccessRecords: 'GET /access/records',
  getGatherings: 'GET /access/gatherings',
  startGathering: 'POST /access/gatherings',
  endGathering: 'POST /access/gatherings/:gatheringId/end',
  getGatheringRecords: 'GET /access/gatherings/:gatheringId/records',
  getConsents: 'GET /consents',
} as const satisfies Partial<RouteTable<RouteName>>
export type AccessRoute = keyof typeof accessRoutes
