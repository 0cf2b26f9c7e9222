import { zhCnMore } from '../strings/zh-cn-more.ts'
import { Beside } from './beside.tsx'
import { EnrolOffer } from './enrol/enrol-offer.tsx'
import { OtherScreen } from './other-screen.tsx'
import { AccountSwitch } from './pay/account-switch.tsx'
import { PayActions } from './pay/pay-actions.tsx'
import { Blocked } from './problem/blocked.tsx'
import { Result } from './result/result.tsx'
import { SessionNotice } from './session-notice.tsx'

/** All that the first code can do without; one chunk, fetched as soon as that code is drawn. */
export const more = {
  strings: zhCnMore,
  AccountSwitch,
  Beside,
  Blocked,
  EnrolOffer,
  OtherScreen,
  PayActions,
  Result,
  SessionNotice,
}

export type More = typeof more
