import type { ComponentChildren } from 'preact'
import { useView } from './view.ts'

/** In place of a screen whose session is gone: one sentence, one button. */
export function SessionNotice({ children }: { children: ComponentChildren }) {
  const { model, t } = useView()
  const session = model.session.value
  if (session.kind === 'signed_out') {
    return (
      <div class="notice">
        <h1 class="notice-title">{t('signedOut')}</h1>
      </div>
    )
  }
  if (session.kind !== 'lost') return <>{children}</>
  return (
    <div class="notice">
      <h1 class="notice-title">{t('sessionLost')}</h1>
      <button type="button" class="button" part="button" onClick={() => model.renewSession()}>
        {t('reconnect')}
      </button>
      <p class="support">
        {session.problem.code} {session.problem.requestId}
      </p>
    </div>
  )
}
