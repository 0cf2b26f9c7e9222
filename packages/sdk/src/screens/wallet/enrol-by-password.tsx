import type { EnrolmentState } from '../../model.ts'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { useWallet } from './use-wallet.ts'
import { WalletProblem } from './wallet-problem.tsx'

/** R16: the payment password approves this phone in place of a text message. */
export function EnrolByPassword({ state }: { state: EnrolmentState }) {
  const { t } = useView()
  const wallet = useWallet()
  const task = useTask()
  const problem = task.problem ?? (state.kind === 'password' ? state.problem : undefined)
  const enrolmentId = state.kind === 'password' ? state.enrolmentId : undefined
  return (
    <>
      <p class="charge">{t('enrolByPasswordText')}</p>
      {problem && !task.busy && <WalletProblem problem={problem} />}
      <button
        type="button"
        class="button"
        part="button"
        disabled={task.busy || !enrolmentId}
        onClick={() =>
          enrolmentId && task.run(() => wallet.approve({ kind: 'enrol_device', enrolmentId }))
        }
      >
        {t(task.busy ? 'enrolConfirming' : 'enrolByPassword')}
      </button>
    </>
  )
}
