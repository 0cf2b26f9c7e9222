import { zhCnAccess } from '../../strings/zh-cn-access.ts'
import { AccessScreen } from './access-screen.tsx'
import { LockReachPanel } from './lock-reach.tsx'

/** All of access; one part, fetched when it is first opened, or before. */
export const accessScreens = {
  strings: zhCnAccess,
  AccessScreen,
  LockReachPanel,
}

export type AccessScreens = typeof accessScreens
