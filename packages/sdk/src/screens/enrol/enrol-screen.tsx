import type { ShownProblem } from '../../model.ts'
import { Icon } from '../icon.tsx'
import { PageBar } from '../page-bar.tsx'
import { explain } from '../problem/explain.ts'
import { Support } from '../problem/support.tsx'
import { useExplanation } from '../problem/use-explanation.ts'
import { useView } from '../view.ts'
import { SmsCode } from './sms-code.tsx'

/** Makes this phone one that draws codes without a network, after a text message. */
export function EnrolScreen() {
  const { model, t, back } = useView()
  const state = model.enrolment.value
  const later = () => {
    model.dismissEnrolment()
    back()
  }
  return (
    <div class="page">
      <PageBar title={t('enrolTitle')} />
      <div class="panel enrol">
        {state.kind === 'done' ? (
          <>
            <span class="mark good">
              <Icon name="tick" />
            </span>
            <h2>{t('enrolDone')}</h2>
            <p>{t('enrolDoneText')}</p>
            <button type="button" class="button" part="button" onClick={back}>
              {t('backToCode')}
            </button>
          </>
        ) : state.kind === 'none' ? (
          <p>{t(state.canEnrol ? 'enrolDone' : 'enrolUnsupported')}</p>
        ) : state.kind === 'sent' || state.kind === 'confirming' ? (
          <SmsCode state={state} />
        ) : (
          <>
            <span class="mark">
              <Icon name="phone" />
            </span>
            <p class="enrol-why">{t('enrolText')}</p>
            <ul class="points">
              <li>{t('enrolPoint1')}</li>
              <li>{t('enrolPoint2')}</li>
              <li>{t('enrolPoint3')}</li>
            </ul>
            {state.kind === 'failed' && <Failed problem={state.problem} />}
            <button
              type="button"
              class="button"
              part="button"
              disabled={state.kind === 'sending'}
              onClick={() => void model.startEnrolment()}
            >
              {t(state.kind === 'sending' ? 'enrolSending' : 'enrolSend')}
            </button>
            <button type="button" class="button quiet" part="button" onClick={later}>
              {t('enrolLater')}
            </button>
          </>
        )}
      </div>
    </div>
  )
}

function Failed({ problem }: { problem: ShownProblem }) {
  const { title } = useExplanation(
    explain(problem.code, problem.sentences, { accounts: undefined, account: undefined }),
  )
  return (
    <div role="alert">
      <p class="wrong">{title}</p>
      <Support problem={problem} />
    </div>
  )
}
