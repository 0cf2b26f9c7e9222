import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { PageBar } from '../page-bar.tsx'
import { ProblemLine } from '../problem/problem-line.tsx'
import { Support } from '../problem/support.tsx'
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
              <Icon d={moreIcons.tick} />
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
              <Icon d={moreIcons.phone} />
            </span>
            <p class="enrol-why">{t('enrolText')}</p>
            <ul class="points">
              <li>{t('enrolPoint1')}</li>
              <li>{t('enrolPoint2')}</li>
              <li>{t('enrolPoint3')}</li>
            </ul>
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
