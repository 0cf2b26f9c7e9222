import type { Account } from '@campus-ecode/protocol/shapes'
import { useEffect } from 'preact/hooks'
import type { ShownProblem } from '../../model.ts'
import type { StringKey } from '../../strings/zh-cn.ts'
import { zhCnWallet } from '../../strings/zh-cn-wallet.ts'
import { zhCnWays } from '../../strings/zh-cn-ways.ts'
import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { explain } from '../problem/explain.ts'
import { Support } from '../problem/support.tsx'
import { Trouble } from '../problem/trouble.tsx'
import type { Task } from '../use-task.ts'
import { type Route, useView } from '../view.ts'
import { Button } from './button.tsx'

/** What stood in the way, in this part's words, and the page that mends it. */
export function WaysProblem(given: { problem: ShownProblem; account?: Account | undefined }) {
  const { problem, account } = given
  return (
    <Trouble
      problem={problem}
      {...useWaysWords(problem, account)}
      remedy={remedies[problem.code]}
    />
  )
}

/** What stood in the way of the last try, until the next. */
export function TaskProblem({ task }: { task: Task }) {
  return task.problem && !task.busy ? <WaysProblem problem={task.problem} /> : null
}

/** In place of all else: why it goes no further, and the way on. */
export function Told({
  title,
  how,
  problem,
  on,
}: {
  title: string
  how: string
  problem?: ShownProblem | undefined
  on?: WayOn | undefined
}) {
  const { say } = useView()
  useEffect(() => say(title), [title, problem?.requestId])
  return (
    <div class="halt">
      <span class="mark">
        <Icon d={moreIcons.alert} />
      </span>
      <h2 tabIndex={-1}>{title}</h2>
      {how && <p>{how}</p>}
      <WaysOn problem={problem} on={on} />
      {problem && <Support problem={problem} />}
    </div>
  )
}

/** The same, in the problem's words. */
export function ToldProblem({ problem, on }: { problem: ShownProblem; on?: WayOn | undefined }) {
  return <Told {...useWaysWords(problem)} problem={problem} on={on} />
}

export interface WayOn {
  label: StringKey
  press(): void
}

/** What mends it, where something does, before the way on. */
export function WaysOn({
  problem,
  on,
}: {
  problem: ShownProblem | undefined
  on?: WayOn | undefined
}) {
  const { t, go } = useView()
  const remedy = remedies[problem?.code ?? '']
  return (
    <>
      {remedy && <Button press={() => go(remedy.route)}>{t(remedy.label)}</Button>}
      {on && (
        <Button quiet={remedy !== undefined} press={on.press}>
          {t(on.label)}
        </Button>
      )}
    </>
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
  COLLECTION_NOT_HERE: { label: 'showPay', route: { name: 'pay' } },
  CARD_NOT_CLAIMED: { label: 'doClaim', route: { name: 'card' } },
  CARD_LOCKED: { label: 'doUnlock', route: inWallet('unlock') },
  ACCOUNT_NOT_OPEN: { label: 'doOpenWallet', route: { name: 'wallet' } },
}
