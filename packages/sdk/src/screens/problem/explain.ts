import type { Accounts } from '@campus-ecode/protocol/accounts'
import type { ErrorCode, Sentences } from '@campus-ecode/protocol/errors'
import { formatYuan } from '@campus-ecode/protocol/money'
import type { Account } from '@campus-ecode/protocol/shapes'
import type { StringKey } from '../../strings/zh-cn.ts'
import { zhCnMore } from '../../strings/zh-cn-more.ts'
import type { WalletPage } from '../wallet/wallet-page.ts'

/** What the one button does about it. */
export type Remedy =
  | { act: 'new_code' | 'card' | 'retry'; label: StringKey }
  | { act: 'wallet'; label: StringKey; page: WalletPage | undefined; stay?: StringKey }
  | { act: 'switch'; label: StringKey; account: Account; balanceFen: number | null }

/** A problem in our own words, or in those that came with it where we have none. */
export interface Explanation {
  title: StringKey | Sentences
  how?: StringKey
  words: Record<string, string>
  /** Absent where nothing on this phone would help. */
  remedy?: Remedy
}

/** What is known when the explanation is written. */
export interface Situation {
  accounts: Accounts | undefined
  /** The account the code was drawn for. */
  account: Account | undefined
  /** The payment that failed; absent when there is only no code to show. */
  amountFen?: number
}

type Texts = typeof zhCnMore
type Explained = {
  [Key in keyof Texts]: `${Key}_how` extends keyof Texts ? Key : never
}[keyof Texts]

/** Says what happened and finds the one thing that helps, by code and by what the person has (R22). */
export function explain(
  code: ErrorCode,
  sentences: Sentences | undefined,
  situation: Situation,
): Explanation {
  const { accounts, account, amountFen } = situation
  const words: Record<string, string> = accounts
    ? {
        single: formatYuan(accounts.limits.singleFen),
        daily: formatYuan(accounts.limits.dailyFen),
        spent: formatYuan(accounts.limits.spentTodayFen),
      }
    : { single: '', daily: '', spent: '' }
  const remedy = findRemedy(code, situation, findOther(accounts, account, amountFen ?? 0))
  if (isExplained(code)) return { title: code, how: `${code}_how`, words, ...remedy }
  if (sentences) return { title: sentences, words, ...remedy }
  return { title: 'OTHER', how: 'OTHER_how', words, ...remedy }
}

/** True for a code that has a title and a sentence of its own. */
export function isExplained(code: string): code is Explained {
  return `${code}_how` in zhCnMore
}

function findRemedy(
  code: ErrorCode,
  { amountFen, accounts, account }: Situation,
  other: Remedy | undefined,
): { remedy?: Remedy } {
  const newCode = {
    remedy:
      amountFen === undefined
        ? { act: 'retry' as const, label: 'doRetry' as const }
        : { act: 'new_code' as const, label: 'doNewCode' as const },
  }
  switch (code) {
    case 'INSUFFICIENT_FUNDS':
      return { remedy: other ?? toWallet('doTopUp', 'top_up') }
    case 'BANK_DECLINED':
    case 'BANK_UNAVAILABLE':
    case 'ONE_CARD_UNAVAILABLE':
      return other
        ? { remedy: other }
        : amountFen === undefined
          ? newCode
          : { remedy: { act: 'new_code', label: 'doBack' } }
    case 'ACCOUNT_NOT_OPEN':
      if ((account ?? accounts?.defaultAccount) === 'one_card' && other) return { remedy: other }
      return { remedy: toWallet('doOpenWallet', undefined) }
    case 'OVER_SINGLE_LIMIT':
    case 'OVER_DAILY_LIMIT':
      return { remedy: toWallet('doLimits', 'limits') }
    case 'PASSWORD_REQUIRED':
      // The next code hides its digits again, which is enough for a small amount.
      return { remedy: { ...toWallet('doPassword', 'password'), stay: 'doHideDigits' } }
    case 'PASSWORD_LOCKED':
      return { remedy: toWallet('doResetPassword', 'password') }
    case 'AGREEMENT_MISSING':
      return { remedy: toWallet('doAgreement', 'agreement') }
    case 'FACE_CONSENT_MISSING':
      return { remedy: toWallet('doFace', 'privacy') }
    case 'MERCHANT_NOT_ACCEPTING':
    case 'CODE_IDENTITY_ONLY':
      return { remedy: { act: 'new_code', label: 'doBack' } }
    case 'DEVICE_OFFLINE_CAP':
    case 'CODE_NOT_YET_VALID':
      return amountFen === undefined ? newCode : { remedy: { act: 'new_code', label: 'doOnline' } }
    case 'CARD_NOT_CLAIMED':
      return { remedy: { act: 'card', label: 'doClaim' } }
    case 'CARD_LOCKED':
      return { remedy: toWallet('doUnlock', 'unlock') }
    case 'CARD_CLOSED':
      return { remedy: { act: 'card', label: 'doCard' } }
    case 'ENGINE_UNSUPPORTED':
      return {}
    default:
      return newCode
  }
}

function toWallet(label: StringKey, page: WalletPage | undefined) {
  return { act: 'wallet' as const, label, page }
}

/** The other account, if it is open and holds enough. */
function findOther(
  accounts: Accounts | undefined,
  account: Account | undefined,
  amountFen: number,
): Remedy | undefined {
  const from = account ?? accounts?.defaultAccount
  const state = accounts?.accounts.find((each) => each.account !== from && each.status === 'open')
  if (!state || (state.balanceFen !== null && state.balanceFen < amountFen)) return undefined
  const label = state.account === 'wallet' ? 'doWallet' : 'doOneCard'
  return { act: 'switch', label, account: state.account, balanceFen: state.balanceFen }
}
