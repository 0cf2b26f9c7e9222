import { zhCnWallet } from '../../strings/zh-cn-wallet.ts'
import { EnrolByPassword } from './enrol-by-password.tsx'
import { KeypadSheet } from './keypad-sheet.tsx'
import { AgreementNag } from './nag.tsx'
import { NoticeRow } from './notice-row.tsx'
import { PayByPassword } from './pay-by-password.tsx'
import { WalletScreen } from './wallet-screen.tsx'

/** All of the wallet; one part, fetched when it is first opened. */
export const walletScreens = {
  strings: zhCnWallet,
  AgreementNag,
  EnrolByPassword,
  KeypadSheet,
  NoticeRow,
  PayByPassword,
  WalletScreen,
}

export type WalletScreens = typeof walletScreens
