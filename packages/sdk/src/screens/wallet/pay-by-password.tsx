import type { BillEntry } from '@campus-ecode/protocol/bill'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { useWallet } from './use-wallet.ts'
import { WalletProblem } from './wallet-problem.tsx'

/** R23: a till waits for the password; yes or no, and both are told to it. */
export function PayByPassword({ entry: { paymentId } }: { entry: BillEntry }) {
  const { t } = useView()
  const wallet = useWallet()
  const task = useTask()
  return (
    <>
      <p class="advice">{t('payAskText')}</p>
      {task.problem && !task.busy && <WalletProblem problem={task.problem} />}
      <button
        type="button"
        class="button"
        part="button"
        disabled={task.busy}
        onClick={() => task.run(() => wallet.approve({ kind: 'pay', paymentId }))}
      >
        {t('payAskDo')}
      </button>
      <button
        type="button"
        class="button quiet"
        part="button"
        disabled={task.busy}
        onClick={() => task.run(() => wallet.declinePayment(paymentId))}
      >
        {t('payAskNo')}
      </button>
    </>
  )
}
