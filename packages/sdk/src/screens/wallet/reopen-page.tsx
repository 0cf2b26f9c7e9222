import { useState } from 'preact/hooks'
import { Icon } from '../icon.tsx'
import { icons } from '../icon-paths.ts'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { defaultCard } from './default-card.ts'
import { Page, Success } from './page.tsx'
import { useWallet } from './use-wallet.ts'
import { WalletProblem } from './wallet-problem.tsx'

/** R11: a closed wallet opens again with its card and the password. */
export function ReopenPage() {
  const { t, say, go } = useView()
  const wallet = useWallet()
  const task = useTask()
  const [done, setDone] = useState(false)
  return (
    <Page title="reopenStart">
      {(state) => {
        const card = defaultCard(state)
        if (done) {
          return (
            <Success title={t('reopened')}>
              <button
                type="button"
                class="button"
                part="button"
                onClick={() => go({ name: 'wallet' })}
              >
                {t('boundHome')}
              </button>
            </Success>
          )
        }
        return (
          <div class="panel enrol">
            <span class="mark">
              <Icon d={icons.wallet} />
            </span>
            <h2>{t('closedWalletTitle')}</h2>
            <p>{t('closedWalletText', { n: state.reopensLeft })}</p>
            <p class="remark">
              {card
                ? t(state.needsFace ? 'reopenFaceText' : 'reopenCardText', {
                    bank: card.bankName,
                    tail: card.tail,
                  })
                : t('reopenBindText')}
            </p>
            {task.problem && !task.busy && <WalletProblem problem={task.problem} />}
            <button
              type="button"
              class="button"
              part="button"
              disabled={task.busy}
              onClick={() =>
                card && !state.needsFace
                  ? task.run(
                      () => wallet.approve({ kind: 'reopen_wallet' }),
                      () => {
                        setDone(true)
                        say(t('reopened'))
                      },
                    )
                  : go({ name: 'in_wallet', page: 'bind' })
              }
            >
              {t(!card ? 'cardAddFirst' : state.needsFace ? 'reopenFaceStart' : 'reopenStart')}
            </button>
          </div>
        )
      }}
    </Page>
  )
}
