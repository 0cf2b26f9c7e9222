import { useState } from 'preact/hooks'
import { Reach } from '../access-door.tsx'
import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { PageBar } from '../page-bar.tsx'
import { Sure } from '../sure.tsx'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { Success } from './page.tsx'
import { useWallet } from './use-wallet.ts'
import { WalletProblem } from './wallet-problem.tsx'

/** R6: one tap locks everything; the payment password unlocks it. */
export function LockPage({ unlock }: { unlock: boolean }) {
  const { t, say, go } = useView()
  const wallet = useWallet()
  const task = useTask()
  const [asking, setAsking] = useState(false)
  const [done, setDone] = useState(false)
  const problem = !task.busy && task.problem
  const finish = (text: string) => {
    setDone(true)
    say(text)
  }
  if (done) {
    return (
      <div class="page">
        <PageBar title={t(unlock ? 'unlockTitle' : 'lockTitle')} />
        <Success title={t(unlock ? 'unlockDone' : 'lockDone')}>
          <button type="button" class="button" part="button" onClick={() => go({ name: 'card' })}>
            {t('doCard')}
          </button>
        </Success>
        {!unlock && <Reach />}
      </div>
    )
  }
  return (
    <div class="page">
      <PageBar title={t(unlock ? 'unlockTitle' : 'lockTitle')} />
      <div class="panel enrol">
        <span class="mark">
          <Icon d={moreIcons.lock} />
        </span>
        <p>{t(unlock ? 'unlockText' : 'lockText')}</p>
        {unlock ? (
          <>
            {problem && <WalletProblem problem={problem} />}
            <button
              type="button"
              class="button"
              part="button"
              disabled={task.busy}
              onClick={() =>
                task.run(
                  () => wallet.approve({ kind: 'unlock_card' }),
                  () => finish(t('unlockDone')),
                )
              }
            >
              {t('unlockDo')}
            </button>
            <p class="charge">{t('unlockOffice')}</p>
          </>
        ) : (
          <>
            <ul class="points">
              <li>{t('lockPoint1')}</li>
              <li>{t('lockPoint2')}</li>
              <li>{t('lockPoint3')}</li>
            </ul>
            {problem && <WalletProblem problem={problem} />}
            {asking ? (
              <Sure
                text={t('lockSure')}
                label={t('lockSureDo')}
                busy={task.busy}
                onSure={() =>
                  task.run(
                    () => wallet.lockCard(),
                    () => finish(t('lockDone')),
                  )
                }
                onKeep={() => setAsking(false)}
              />
            ) : (
              <button
                type="button"
                class="button danger"
                part="button"
                onClick={() => setAsking(true)}
              >
                {t('lockDo')}
              </button>
            )}
          </>
        )}
      </div>
    </div>
  )
}
