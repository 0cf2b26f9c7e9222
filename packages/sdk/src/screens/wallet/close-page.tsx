import { formatYuan } from '@campus-ecode/protocol/money'
import { useState } from 'preact/hooks'
import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { Sure } from '../sure.tsx'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { Page, Success } from './page.tsx'
import { useWallet } from './use-wallet.ts'
import { walletIcons } from './wallet-icon-paths.ts'
import { WalletProblem } from './wallet-problem.tsx'

/** R11: what closing needs, as a list with ticks; and only then the button. */
export function ClosePage() {
  const { t, say, go } = useView()
  const wallet = useWallet()
  const task = useTask()
  const [asking, setAsking] = useState(false)
  const [done, setDone] = useState(false)
  return (
    <Page title="closeTitle">
      {({ balanceFen, pending, password, reopensLeft, cards }) => {
        if (done) {
          return (
            <Success title={t('closed_done')}>
              <button
                type="button"
                class="button"
                part="button"
                onClick={() => go({ name: 'wallet' })}
              >
                {t('transferDone')}
              </button>
            </Success>
          )
        }
        const balance = formatYuan(balanceFen ?? 0)
        const needs = [
          balanceFen ? t('closeBalanceNot', { balance }) : undefined,
          pending.length ? t('closePendingNot', { n: pending.length }) : undefined,
          password === 'not_set' ? t('closePasswordNot') : undefined,
        ]
        const ready = needs.every((need) => need === undefined)
        const met = [t('closeBalance'), t('closePending'), t('closePassword')]
        return (
          <div class="panel">
            <p>{t(reopensLeft ? 'closeText' : 'closeNone', { n: reopensLeft })}</p>
            <h2 class="needs-title">{t('closeCheck')}</h2>
            <ul class="needs">
              {needs.map((need, at) => (
                <li key={at} class={need ? 'need unmet' : 'need'}>
                  <Icon d={need ? walletIcons.cross : moreIcons.tick} />
                  <span>
                    {need ?? met[at]}
                    <span class="spoken"> {t(need ? 'unmet' : 'met')}</span>
                  </span>
                </li>
              ))}
            </ul>
            {task.problem && !task.busy && <WalletProblem problem={task.problem} />}
            {asking && ready ? (
              <Sure
                text={t('closeSure')}
                label={t('closeDo')}
                busy={task.busy}
                onSure={() =>
                  task.run(
                    () => wallet.approve({ kind: 'close_wallet' }),
                    () => {
                      setDone(true)
                      say(t('closed_done'))
                    },
                  )
                }
                onKeep={() => setAsking(false)}
              />
            ) : balanceFen && cards.length ? (
              <button
                type="button"
                class="button"
                part="button"
                onClick={() => go({ name: 'in_wallet', page: 'withdrawal' })}
              >
                {t('closeWithdraw')}
              </button>
            ) : (
              <button
                type="button"
                class="button danger"
                part="button"
                disabled={!ready}
                onClick={() => setAsking(true)}
              >
                {t('closeDo')}
              </button>
            )}
          </div>
        )
      }}
    </Page>
  )
}
