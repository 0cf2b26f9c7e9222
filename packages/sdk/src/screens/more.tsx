import { zhCnMore } from '../strings/zh-cn-more.ts'
import { BillScreen } from './bill/bill-screen.tsx'
import { EntryScreen } from './bill/entry-screen.tsx'
import { CardScreen } from './card/card-screen.tsx'
import { EnrolOffer } from './enrol/enrol-offer.tsx'
import { EnrolScreen } from './enrol/enrol-screen.tsx'
import { AccountSwitch } from './pay/account-switch.tsx'
import { Blocked } from './problem/blocked.tsx'
import { Result } from './result/result.tsx'
import { WalletDoor } from './wallet-door.tsx'

/** All that the first code can do without; one chunk, fetched as soon as that code is drawn. */
export const more = {
  strings: zhCnMore,
  AccountSwitch,
  BillScreen,
  Blocked,
  CardScreen,
  EnrolOffer,
  EnrolScreen,
  EntryScreen,
  Result,
  WalletDoor,
}

export type More = typeof more
