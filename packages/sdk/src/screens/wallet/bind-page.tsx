import type { BoundCard } from '@campus-ecode/protocol/wallet'
import { useRef, useState } from 'preact/hooks'
import type { ShownProblem } from '../../model.ts'
import type { Waiting } from '../../wallet-model.ts'
import { PageBar } from '../page-bar.tsx'
import { SmsForm } from '../sms-form.tsx'
import { useView } from '../view.ts'
import { BindForm } from './bind-form.tsx'
import { Success } from './page.tsx'
import { useTask, useWallet } from './use-wallet.ts'
import { WalletProblem } from './wallet-problem.tsx'

/** R9: a bank card, checked by the bank, proven by its SMS; the first one opens the wallet. */
export function BindPage() {
  const { t } = useView()
  const wallet = useWallet()
  const task = useTask()
  const [bound, setBound] = useState<{ card: Waiting; answer: BoundCard }>()
  // Once the bank has said yes nothing waits any more, a moment before the answer is here.
  const last = useRef(wallet.binding.value)
  if (!task.busy) last.current = wallet.binding.value
  const waiting = last.current
  return (
    <div class="page">
      <PageBar title={t('bindTitle')} />
      {bound ? (
        <Bound {...bound} />
      ) : waiting ? (
        <BindSms
          waiting={waiting}
          busy={task.busy}
          problem={task.problem}
          onCode={(smsCode) =>
            task.run(
              () => wallet.confirmBinding(smsCode),
              (answer) => setBound({ card: waiting, answer }),
              t('bound'),
            )
          }
        />
      ) : (
        <BindForm />
      )}
    </div>
  )
}

function BindSms({
  waiting,
  busy,
  problem,
  onCode,
}: {
  waiting: Waiting
  busy: boolean
  problem: ShownProblem | undefined
  onCode(smsCode: string): void
}) {
  const { t } = useView()
  const wallet = useWallet()
  const { bankName: bank, tail, phoneTail } = waiting
  return (
    <div class="panel enrol">
      <p class="bind-card">{t('bindSmsCard', { bank, tail })}</p>
      <SmsForm
        sent={t('bindSmsSent', { bank, tail: phoneTail })}
        busy={busy}
        problem={problem}
        labels={{ confirm: t('bindConfirm'), confirming: t('bindConfirming') }}
        onCode={onCode}
      />
      {!busy && (
        <button
          type="button"
          class="button quiet"
          part="button"
          onClick={() => wallet.forgetBinding()}
        >
          {t('bindAgain')}
        </button>
      )}
    </div>
  )
}

/** Bound; without a password, setting one is the next step and needs no second SMS (R16). */
function Bound({ card, answer }: { card: Waiting; answer: BoundCard }) {
  const { t, go, say } = useView()
  const wallet = useWallet()
  const task = useTask()
  const [set, setSet] = useState(false)
  const { verificationId } = answer
  const text = t('boundText', { bank: card.bankName, tail: card.tail })
  if (!verificationId || set) {
    return (
      <Success title={t(set ? 'passwordDone' : 'bound')} text={set ? t('passwordDoneText') : text}>
        <button type="button" class="button" part="button" onClick={() => go({ name: 'wallet' })}>
          {t('boundHome')}
        </button>
      </Success>
    )
  }
  return (
    <Success title={t('bound')} text={text}>
      <p class="remark">{t('boundPassword')}</p>
      {task.problem && !task.busy && <WalletProblem problem={task.problem} />}
      <button
        type="button"
        class="button"
        part="button"
        disabled={task.busy}
        onClick={() =>
          task.run(
            () => wallet.approve({ kind: 'set_password', verificationId }),
            () => {
              setSet(true)
              say(t('passwordDone'))
            },
          )
        }
      >
        {t('passwordFirst')}
      </button>
      <button
        type="button"
        class="button quiet"
        part="button"
        onClick={() => go({ name: 'wallet' })}
      >
        {t('enrolLater')}
      </button>
    </Success>
  )
}
