import type { Consent } from '@campus-ecode/protocol/consents'
import { useEffect, useState } from 'preact/hooks'
import { formatInstant } from '../format.ts'
import { PageBar } from '../page-bar.tsx'
import { LoadFailed } from '../problem/load-failed.tsx'
import { Sure } from '../sure.tsx'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { DeleteMe } from './delete-me.tsx'
import { Export } from './export.tsx'
import { useWallet } from './use-wallet.ts'
import { WalletProblem } from './wallet-problem.tsx'

/** R42: what personal data is taken for, how to take a consent back, and all of it as a file. */
export function PrivacyPage() {
  const { t } = useView()
  const wallet = useWallet()
  const { value, loading, problem } = wallet.consents.value
  useEffect(() => void wallet.loadConsents(), [wallet])
  return (
    <div class="page">
      <PageBar title={t('privacyTitle')} />
      <p class="intro">{t('privacyIntro')}</p>
      {value ? (
        value.consents.map((consent) => <OneConsent key={consent.purpose} consent={consent} />)
      ) : problem && !loading ? (
        <LoadFailed problem={problem} retry={() => void wallet.loadConsents()} />
      ) : (
        <div aria-busy="true">
          <div class="panel day-bone bone" />
        </div>
      )}
      <Export />
      <DeleteMe />
    </div>
  )
}

function OneConsent({ consent }: { consent: Consent }) {
  const { t, locale, go } = useView()
  const wallet = useWallet()
  const task = useTask()
  const [asking, setAsking] = useState(false)
  const { purpose, what, given, withdrawnAt } = consent
  const title = t(`consent_${purpose}`)
  const when = given
    ? t('consentSince', { time: formatInstant(given.at, t) })
    : withdrawnAt
      ? t('consentTaken', { time: formatInstant(withdrawnAt, t) })
      : t(isGivenBySchool(purpose) ? 'consentNever' : 'consentNeverTaken')
  return (
    <section class="panel consent-one" aria-label={title}>
      <h2>
        {title}
        <span class={given ? 'chip' : 'chip off'}>
          {t(given ? 'consentGiven' : 'consentNotGiven')}
        </span>
      </h2>
      <p>{what[locale]}</p>
      <p class="consent-when">{when}</p>
      {given && <p class="consent-how">{t(`consentHow_${purpose}`)}</p>}
      {task.problem && !task.busy && <WalletProblem problem={task.problem} />}
      {!given && purpose === 'face' && (
        <p class="bank-actions">
          <button
            type="button"
            class="plain link"
            disabled={task.busy}
            onClick={() =>
              task.run(() => wallet.giveConsent(purpose), undefined, t('consentAgreed'))
            }
          >
            {t('consentAgree')}
          </button>
        </p>
      )}
      {given && asking && (
        <Sure
          text={t('consentSure', { what: title })}
          label={t('consentSureDo')}
          busy={task.busy}
          onSure={() => {
            setAsking(false)
            task.run(() => wallet.withdrawConsent(purpose), undefined, t('consentWithdrawn'))
          }}
          onKeep={() => setAsking(false)}
        />
      )}
      {given && !asking && purpose !== 'card' && (
        <p class="bank-actions">
          {purpose === 'bank_binding' && (
            <button
              type="button"
              class="plain link"
              onClick={() => go({ name: 'in_wallet', page: 'cards' })}
            >
              {t('consentCards')}
            </button>
          )}
          <button
            type="button"
            class="plain link"
            disabled={task.busy}
            onClick={() => setAsking(true)}
          >
            {t('consentWithdraw')}
          </button>
        </p>
      )}
    </section>
  )
}

/** What the school or a bank has brought along is here without having been asked for here. */
function isGivenBySchool(purpose: Consent['purpose']): boolean {
  return purpose === 'card' || purpose === 'bank_binding'
}
