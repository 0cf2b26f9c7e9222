import type { RouteName, RouteTable } from '../api.ts'

/** What the part about the host calls. */
export const hostRoutes = {
  signWechatPage: 'POST /wechat/page-signatures',
  getServices: 'GET /services',
  openService: 'POST /services/:serviceId/tickets',
  getMyWechat: 'GET /wechat',
  endWechatSignIn: 'POST /wechat/sign-in/end',
} as const satisfies Partial<RouteTable<RouteName>>
export type HostRoute = keyof typeof hostRoutes
