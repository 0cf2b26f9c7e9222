import type { Account } from '@campus-ecode/protocol/shapes'
import type { ShownProblem } from '../../model.ts'
import type { StringKey } from '../../strings/zh-cn.ts'
import { zhCnWallet } from '../../strings/zh-cn-wallet.ts'
import { zhCnWays } from '../../strings/zh-cn-ways.ts'
import { explain } from '../problem/explain.ts'
import { Trouble } from '../problem/trouble.tsx'
import { type Route, useView } from '../view.ts'

/** What stood in the way, in this part's words, and the page that mends it. */
export function WaysProblem(given: { problem: ShownProblem; account?: Account | undefined }) {
  const { title, how } = useWaysWords(given.problem, given.account)
  return (
    <Trouble
      problem={given.problem}
      title={title}
      how={how}
      remedy={remedies[given.problem.code]}
    />
  )
}

/** This part's own words for a problem, the wallet's, the pay screen's, or those that came with it. */
export function useWaysWords(
  { code, sentences }: ShownProblem,
  account?: Account,
): { title: string; how: string } {
  const { t, locale, model } = useView()
  const own = code === 'NETWORK_LOST' ? 'offlineWays' : code
  if (`${own}_how` in zhCnWays || `${own}_how` in zhCnWallet) {
    return { title: t(own as StringKey), how: t(`${own}_how` as StringKey) }
  }
  const accounts = model.accounts.value.value
  const { title, how, words } = explain(code, sentences, { accounts, account })
  return {
    title: typeof title === 'string' ? t(title, words) : title[locale],
    how: how ? t(how, words) : '',
  }
}

const inWallet = (page: Extract<Route, { name: 'in_wallet' }>['page']): Route => ({
  name: 'in_wallet',
  page,
})
const remedies: Partial<Record<string, { label: StringKey; route: Route }>> = {
  PASSWORD_NOT_SET: { label: 'passwordFirst', route: inWallet('password') },
  PASSWORD_REQUIRED: { label: 'passwordFirst', route: inWallet('password') },
  PASSWORD_LOCKED: { label: 'passwordReset', route: inWallet('password') },
  INSUFFICIENT_FUNDS: { label: 'doTopUp', route: inWallet('top_up') },
  OVER_SINGLE_LIMIT: { label: 'doLimits', route: inWallet('limits') },
  OVER_DAILY_LIMIT: { label: 'doLimits', route: inWallet('limits') },
  OVER_STATIC_LIMIT: { label: 'showPay', route: { name: 'pay' } },
  MERCHANT_NOT_ACCEPTING: { label: 'showPay', route: { name: 'pay' } },
  CARD_NOT_CLAIMED: { label: 'doClaim', route: { name: 'card' } },
  CARD_LOCKED: { label: 'doUnlock', route: inWallet('unlock') },
  ACCOUNT_NOT_OPEN: { label: 'doOpenWallet', route: { name: 'wallet' } },
}
