import { zhCnHost } from '../../strings/zh-cn-host.ts'
import { HostSide } from './host-side.tsx'
import { ServicesGrid } from './services-grid.tsx'
import { ShakeRow } from './shake-row.tsx'
import { WechatSignIn } from './wechat-sign-in.tsx'

/** What there is to show of the host, and of what leads out of the widget; fetched after the first code. */
export const hostScreens = {
  strings: zhCnHost,
  HostSide,
  ServicesGrid,
  ShakeRow,
  WechatSignIn,
}

export type HostScreens = typeof hostScreens
