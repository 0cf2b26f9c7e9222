import type { zhCnAccess } from './zh-cn-access.ts'
import type { zhCnHost } from './zh-cn-host.ts'
import type { zhCnMore } from './zh-cn-more.ts'
import type { zhCnWallet } from './zh-cn-wallet.ts'
import type { zhCnWays } from './zh-cn-ways.ts'

/** What the first code needs. Everything else: zh-cn-more.ts. `{words}` are filled in. */
export const zhCn = {
  label: '校园e码通',
  tabs: '页面',
  card: '校园卡',
  tab_card: '卡',
  tab_pay: '付款',
  tab_access: '通行',
  tab_wallet: '钱包',
  payTitle: '付款码',
  barcode: '付款条形码，请收银员扫描',
  qr: '付款二维码，请收银员扫描',
  showDigits: '显示数字',
  hideDigits: '隐藏',
  digitsWarning: '数字显示时付款要密码，别发给别人',
  autoRefresh: '一分钟内有效，自动更新',
  refresh: '刷新',
  codeRefreshed: '付款码已更新',
  offline: '离线',
  offlineCaps: '离线额度：每笔 {single}，每天 {count} 笔共 {daily}',
  offlineFresh: '手机没网，付款码照常能用',
  retry: '再试一次',
  networkLost: '网络不通，连上网再试',
} as const

export type StringKey =
  | keyof typeof zhCn
  | keyof typeof zhCnMore
  | keyof typeof zhCnAccess
  | keyof typeof zhCnWallet
  | keyof typeof zhCnWays
  | keyof typeof zhCnHost

/** Every text of the widget; the compiler refuses a language with a gap. */
export type AllStrings = Record<StringKey, string>

/** The wallet's own, which come with its part in either language. */
export type WalletStrings = Record<keyof typeof zhCnWallet, string>
/** Likewise of access. */
export type AccessStrings = Record<keyof typeof zhCnAccess, string>
/** Likewise of the other ways to pay. */
export type WaysStrings = Record<keyof typeof zhCnWays, string>
/** Likewise of the host. */
export type HostStrings = Record<keyof typeof zhCnHost, string>
/** All others. */
export type EnglishStrings = Omit<
  AllStrings,
  keyof WalletStrings | keyof AccessStrings | keyof WaysStrings | keyof HostStrings
>
