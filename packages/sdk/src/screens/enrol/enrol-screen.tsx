import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { PageBar } from '../page-bar.tsx'
import { ProblemLine } from '../problem/problem-line.tsx'
import { Support } from '../problem/support.tsx'
import { SmsForm } from '../sms-form.tsx'
import { useView } from '../view.ts'
import { WithWallet } from '../wallet-door.tsx'

/** Makes this phone one that draws codes without a network, after a text message or by the password. */
export function EnrolScreen() {
  const { model, t, back, canGoBack, go } = useView()
  const state = model.enrolment.value
  const leave = () => (canGoBack ? back() : go({ name: 'card' }))
  const later = () => {
    model.dismissEnrolment()
    leave()
  }
  // Where a password is set no SMS is sent; nothing is promised that is known not to come.
  const password = model.wallet.value?.wallet.value.value?.password
  const byPassword = password !== undefined && password !== 'not_set'
  const tail = 'phoneTail' in state ? state.phoneTail : null
  return (
    <div class="page">
      <PageBar title={t('enrolTitle')} />
      <div class="panel enrol">
        {state.kind === 'done' ? (
          <>
            <span class="mark good">
              <Icon d={moreIcons.tick} />
            </span>
            <h2>{t('enrolDone')}</h2>
            <p>{t('enrolDoneText')}</p>
            <button type="button" class="button" part="button" onClick={leave}>
              {t('backToCode')}
            </button>
          </>
        ) : state.kind === 'none' ? (
          <p>{t(state.canEnrol ? 'enrolDone' : 'enrolUnsupported')}</p>
        ) : (state.kind === 'sent' || state.kind === 'confirming') && tail !== null ? (
          <SmsForm
            sent={t('enrolSent', { tail })}
            busy={state.kind === 'confirming'}
            problem={state.kind === 'sent' ? state.problem : undefined}
            labels={{ confirm: t('enrolConfirm'), confirming: t('enrolConfirming') }}
            resendAt={state.kind === 'sent' ? state.resendAt : undefined}
            onCode={(smsCode) => void model.confirmEnrolment({ smsCode })}
            onResend={() => void model.startEnrolment()}
          />
        ) : (
          <>
            <span class="mark">
              <Icon d={moreIcons.phone} />
            </span>
            <p class="enrol-why">{t('enrolText')}</p>
            <ul class="points">
              <li>{t('enrolPoint1')}</li>
              <li>{t('enrolPoint2')}</li>
              <li>{t('enrolPoint3')}</li>
            </ul>
            {state.kind === 'password' || state.kind === 'confirming' ? (
              <WithWallet>{({ EnrolByPassword }) => <EnrolByPassword state={state} />}</WithWallet>
            ) : (
              <>
                {state.kind === 'failed' && (
                  <>
                    <ProblemLine problem={state.problem} />
                    <Support problem={state.problem} />
                  </>
                )}
                <button
                  type="button"
                  class="button"
                  part="button"
                  disabled={state.kind === 'sending'}
                  onClick={() => void model.startEnrolment()}
                >
                  {t(
                    byPassword
                      ? 'enrolConfirm'
                      : state.kind === 'sending'
                        ? 'enrolSending'
                        : 'enrolSend',
                  )}
                </button>
              </>
            )}
            <button type="button" class="button quiet" part="button" onClick={later}>
              {t('enrolLater')}
            </button>
          </>
        )}
      </div>
    </div>
  )
}
