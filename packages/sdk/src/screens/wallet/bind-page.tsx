import type { BoundCard } from '@campus-ecode/protocol/wallet'
import { useEffect, useState } from 'preact/hooks'
import type { ShownProblem } from '../../model.ts'
import type { Waiting } from '../../wallet-model.ts'
import { PageBar } from '../page-bar.tsx'
import { SmsForm } from '../sms-form.tsx'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { BindForm } from './bind-form.tsx'
import { BindingOver, FaceStep } from './face-step.tsx'
import { Success } from './page.tsx'
import { useWallet } from './use-wallet.ts'
import { WalletProblem } from './wallet-problem.tsx'

/** R9: a bank card, checked by the bank, proven by its SMS, and by face where the school asks for it. */
export function BindPage() {
  const { t, say } = useView()
  const wallet = useWallet()
  const task = useTask()
  const waiting = wallet.binding.value
  const bound = waiting?.bound
  useEffect(() => {
    if (bound) say(t('bound'))
  }, [bound])
  // What has ended is told once: gone when the person has moved on.
  useEffect(
    () => () => {
      const { value } = wallet.binding
      if (value?.bound || value?.problem) wallet.forgetBinding()
    },
    [wallet],
  )
  return (
    <div class="page">
      <PageBar title={t('bindTitle')} />
      {!waiting ? (
        <BindForm />
      ) : bound ? (
        <Bound card={waiting} answer={bound} />
      ) : waiting.problem ? (
        <BindingOver problem={waiting.problem} />
      ) : waiting.awaits.includes('SMS_CODE') ? (
        <BindSms
          waiting={waiting}
          busy={task.busy}
          problem={task.problem}
          onCode={(smsCode) => task.run(() => wallet.confirmBinding(smsCode))}
        />
      ) : (
        <FaceStep waiting={waiting} />
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
      {waiting.awaits.includes('FACE') && <p class="remark face-next">{t('faceNext')}</p>}
      <SmsForm
        sent={
          phoneTail ? t('bindSmsSent', { bank, tail: phoneTail }) : t('bindSmsSentThere', { bank })
        }
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
