import { useState } from 'preact/hooks'
import { Sure } from '../sure.tsx'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { useWallet } from './use-wallet.ts'
import { WalletProblem } from './wallet-problem.tsx'

/** R42: for good, with the password; what the law wants kept is said before. */
export function DeleteMe() {
  const { t, go } = useView()
  const wallet = useWallet()
  const task = useTask()
  const [asking, setAsking] = useState(false)
  return (
    <section class="panel" aria-label={t('deleteTitle')}>
      <h2>{t('deleteTitle')}</h2>
      <p>{t('deleteText')}</p>
      {task.problem && !task.busy && <WalletProblem problem={task.problem} />}
      {asking ? (
        <Sure
          text={t('deleteSure')}
          label={t('deleteDo')}
          busy={task.busy}
          onSure={() =>
            task.run(
              () => wallet.approve({ kind: 'delete_me' }),
              () => go({ name: 'card' }),
              t('deleteDone'),
            )
          }
          onKeep={() => setAsking(false)}
        />
      ) : (
        <p class="bank-actions">
          <button type="button" class="plain link" onClick={() => setAsking(true)}>
            {t('deleteDo')}
          </button>
        </p>
      )}
    </section>
  )
}
