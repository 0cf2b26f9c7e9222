import type { RouteName, RouteTable } from '../api.ts'

/** What the other ways to pay call. */
export const waysRoutes = {
  resolveCollection: 'POST /collections/resolve',
  payCollection: 'POST /collections/payments',
  getOrder: 'GET /orders/:orderId',
  payOrder: 'POST /orders/:orderId/payments',
  getMyWater: 'GET /water',
  endMyWater: 'POST /water/end',
  getUtilities: 'GET /utilities',
  findUtilityAccount: 'POST /utilities/:utilityId/accounts',
  topUpUtility: 'POST /utilities/:utilityId/top-ups',
  getUtilityTopUp: 'GET /utilities/top-ups/:topUpId',
  getMyWechat: 'GET /wechat',
  startWechatBinding: 'POST /wechat/bindings',
  confirmWechatBinding: 'POST /wechat/bindings/confirm',
  endWechatBinding: 'POST /wechat/unbind',
  declinePayment: 'POST /payments/:paymentId/decline',
  getBillEntry: 'GET /bill/:entryId',
} as const satisfies Partial<RouteTable<RouteName>>
export type WaysRoute = keyof typeof waysRoutes
