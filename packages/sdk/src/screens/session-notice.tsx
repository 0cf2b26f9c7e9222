import { useView } from './view.ts'

/** In place of what needs a session when there is none: one sentence, one button. */
export function SessionNotice() {
  const { model, t } = useView()
  const session = model.session.value
  const lost = session.kind === 'lost'
  return (
    <div class="notice">
      <p class="notice-title">{t(lost ? 'sessionLost' : 'signedOut')}</p>
      {lost && (
        <>
          <button type="button" class="button" part="button" onClick={() => model.renewSession()}>
            {t('reconnect')}
          </button>
          <p class="support">
            {session.problem.code} {session.problem.requestId}
          </p>
        </>
      )}
    </div>
  )
}
