import type { ShownProblem } from '../../model.ts'
import type { StringKey } from '../../strings/zh-cn.ts'
import { zhCnWallet } from '../../strings/zh-cn-wallet.ts'
import { explain } from '../problem/explain.ts'
import { Trouble } from '../problem/trouble.tsx'
import { type Route, useView } from '../view.ts'

/** What went wrong in the wallet's own words. */
export function WalletProblem({ problem }: { problem: ShownProblem }) {
  const { title, how } = useWalletWords(problem)
  return <Trouble problem={problem} title={title} how={how} remedy={remedies[problem.code]} />
}

/** The wallet's own words for a problem, those that came with it, or general ones. */
export function useWalletWords({ code, sentences }: ShownProblem): { title: string; how: string } {
  const { t, locale } = useView()
  const own = code === 'NETWORK_LOST' ? 'offlineWallet' : code
  if (`${own}_how` in zhCnWallet) {
    return { title: t(own as StringKey), how: t(`${own}_how` as StringKey) }
  }
  if (sentences) return { title: sentences[locale], how: '' }
  const { title, how } = explain(code, undefined, { accounts: undefined, account: undefined })
  return {
    title: typeof title === 'string' ? t(title) : title[locale],
    how: how ? t(how) : '',
  }
}

const password: Route = { name: 'in_wallet', page: 'password' }
const remedies: Partial<Record<string, { label: StringKey; route: Route }>> = {
  PASSWORD_NOT_SET: { label: 'passwordFirst', route: password },
  PASSWORD_LOCKED: { label: 'passwordReset', route: password },
  CARD_NOT_CLAIMED: { label: 'doClaim', route: { name: 'card' } },
  CARD_LOCKED: { label: 'rowUnlock', route: { name: 'in_wallet', page: 'unlock' } },
  ACCOUNT_NOT_OPEN: { label: 'boundHome', route: { name: 'wallet' } },
  CARD_NOT_BOUND: { label: 'cardAddFirst', route: { name: 'in_wallet', page: 'bind' } },
  BALANCE_NOT_ZERO: { label: 'closeWithdraw', route: { name: 'in_wallet', page: 'withdrawal' } },
}
