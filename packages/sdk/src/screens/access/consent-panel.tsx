import type { ConsentAsked } from '../../access-model.ts'
import { Icon } from '../icon.tsx'
import { useView } from '../view.ts'
import { accessIcons } from './access-icon-paths.ts'
import { AccessProblem } from './access-problem.tsx'
import { useAccess } from './use-access.ts'

/** R42: asked once, in the words that are kept beside the consent. */
export function ConsentPanel({ asked: { what, busy, problem } }: { asked: ConsentAsked }) {
  const { t, locale } = useView()
  const access = useAccess()
  return (
    <div class="notice consent-asked">
      <span class="mark">
        <Icon d={accessIcons.records} />
      </span>
      <h2 tabIndex={-1} class="notice-title">
        {t('consentTitle')}
      </h2>
      {what ? (
        <blockquote class="consent-what">
          <b>{t('consentWhatIs')}</b>
          {what[locale]}
        </blockquote>
      ) : (
        !problem && <div class="consent-what bone" aria-busy="true" />
      )}
      {problem && <AccessProblem problem={problem} />}
      {what || !problem ? (
        <button
          type="button"
          class="button"
          part="button"
          disabled={busy || !what}
          onClick={() => void access.agree()}
        >
          {t(busy ? 'accessAgreeing' : 'accessAgree')}
        </button>
      ) : (
        <button type="button" class="button" part="button" onClick={() => access.next()}>
          {t('retry')}
        </button>
      )}
      <p class="consent-later">{t('consentLater')}</p>
    </div>
  )
}
