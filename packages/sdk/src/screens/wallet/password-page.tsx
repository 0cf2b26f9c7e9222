import type { Verification } from '@campus-ecode/protocol/approvals'
import type { Wallet } from '@campus-ecode/protocol/wallet'
import { useState } from 'preact/hooks'
import { Icon } from '../icon.tsx'
import { SmsForm } from '../sms-form.tsx'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { defaultCard } from './default-card.ts'
import { Page, Success } from './page.tsx'
import { useWallet } from './use-wallet.ts'
import { walletIcons } from './wallet-icon-paths.ts'
import { WalletProblem } from './wallet-problem.tsx'

const RESEND_MS = 60_000

/** R16: set after an SMS, change with the old one, forgotten: verify again. */
export function PasswordPage() {
  return <Page title="passwordTitle">{(wallet) => <Password wallet={wallet} />}</Page>
}

type Step =
  | { kind: 'start' }
  | { kind: 'sms'; verification: Verification; resendAt: number }
  | { kind: 'verified'; verificationId: string }
  | { kind: 'done'; changed: boolean }

function Password({ wallet: state }: { wallet: Wallet }) {
  const { model, t, say, back, canGoBack, go } = useView()
  const wallet = useWallet()
  const task = useTask()
  const [step, setStep] = useState<Step>({ kind: 'start' })
  const { password } = state
  const card = defaultCard(state)

  const send = () =>
    task.run(
      () => wallet.startVerification(),
      (verification) => setStep({ kind: 'sms', verification, resendAt: model.now() + RESEND_MS }),
    )
  const set = (verificationId: string) =>
    task.run(
      () => wallet.approve({ kind: 'set_password', verificationId }),
      () => {
        setStep({ kind: 'done', changed: false })
        say(t('passwordDone'))
      },
    )
  const change = () =>
    task.run(
      () => wallet.approve({ kind: 'change_password' }),
      () => {
        setStep({ kind: 'done', changed: true })
        say(t('passwordChanged'))
      },
    )
  const problem = task.busy ? undefined : task.problem

  if (step.kind === 'done') {
    return (
      <Success
        title={t(step.changed ? 'passwordChanged' : 'passwordDone')}
        text={t('passwordDoneText')}
      >
        <button
          type="button"
          class="button"
          part="button"
          onClick={() => (canGoBack ? back() : go({ name: 'wallet' }))}
        >
          {t('transferDone')}
        </button>
      </Success>
    )
  }
  if (step.kind === 'sms') {
    const { verificationId, phoneTail } = step.verification
    return (
      <div class="panel enrol">
        <SmsForm
          sent={t('enrolSent', { tail: phoneTail })}
          busy={task.busy}
          problem={problem}
          labels={{ confirm: t('passwordConfirm'), confirming: t('passwordConfirming') }}
          resendAt={step.resendAt}
          onCode={(smsCode) =>
            task.run(
              () => wallet.confirmVerification(verificationId, smsCode),
              () => {
                setStep({ kind: 'verified', verificationId })
                say(t('passwordVerified'))
              },
            )
          }
          onResend={send}
        />
      </div>
    )
  }
  if (step.kind === 'verified') {
    return (
      <Success title={t('passwordVerified')} text={t('passwordPhrase')}>
        {problem && <WalletProblem problem={problem} />}
        <button
          type="button"
          class="button"
          part="button"
          disabled={task.busy}
          onClick={() => set(step.verificationId)}
        >
          {t('passwordOpenKeypad')}
        </button>
      </Success>
    )
  }
  return (
    <div class="panel enrol">
      <span class="mark">
        <Icon d={walletIcons.key} />
      </span>
      {password !== 'set' && (
        <h2>{t(password === 'locked' ? 'nagPasswordLocked' : 'passwordFirst')}</h2>
      )}
      <p>{t('passwordIntro')}</p>
      {password === 'locked' && <p class="remark">{t('passwordLockedText')}</p>}
      {password === 'not_set' && <p class="remark">{t('passwordFirstText')}</p>}
      {problem && <WalletProblem problem={problem} />}
      {password === 'set' ? (
        <>
          <button type="button" class="button" part="button" disabled={task.busy} onClick={change}>
            {t('passwordChange')}
          </button>
          <button
            type="button"
            class="button quiet"
            part="button"
            disabled={task.busy}
            onClick={send}
          >
            {t('passwordForgot')}
          </button>
        </>
      ) : (
        <button type="button" class="button" part="button" disabled={task.busy} onClick={send}>
          {t(task.busy ? 'passwordSending' : 'passwordSend')}
        </button>
      )}
      <p class="charge">
        {card
          ? t('passwordByBank', { bank: card.bankName, tail: card.tail })
          : t('passwordByPhone')}
      </p>
    </div>
  )
}
