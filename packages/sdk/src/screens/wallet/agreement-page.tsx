import { useState } from 'preact/hooks'
import { formatInstant } from '../format.ts'
import { Icon } from '../icon.tsx'
import { Sure } from '../sure.tsx'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { Page } from './page.tsx'
import { useWallet } from './use-wallet.ts'
import { walletIcons } from './wallet-icon-paths.ts'
import { WalletProblem } from './wallet-problem.tsx'

/** R14: what the password-free agreement is, and to sign or cancel it. */
export function AgreementPage() {
  const { t, say } = useView()
  const wallet = useWallet()
  const task = useTask()
  const [asking, setAsking] = useState(false)
  return (
    <Page title="agreementTitle">
      {({ agreement: { signedAt } }) => (
        <div class="panel enrol">
          <span class={signedAt ? 'mark good' : 'mark'}>
            <Icon d={walletIcons.wave} />
          </span>
          {signedAt && <h2>{t('agreementSince', { time: formatInstant(signedAt, t) })}</h2>}
          <p>{t('agreementWhat')}</p>
          <ul class="points">
            <li>{t('agreementPoint1')}</li>
            <li>{t('agreementPoint2')}</li>
            <li>{t('agreementPoint3')}</li>
          </ul>
          {task.problem && !task.busy && <WalletProblem problem={task.problem} />}
          {!signedAt ? (
            <button
              type="button"
              class="button"
              part="button"
              disabled={task.busy}
              onClick={() =>
                task.run(
                  () => wallet.approve({ kind: 'sign_agreement' }),
                  () => say(t('agreementSigned')),
                )
              }
            >
              {t('agreementSign')}
            </button>
          ) : asking ? (
            <Sure
              text={t('agreementSure')}
              label={t('agreementSureDo')}
              busy={task.busy}
              onSure={() =>
                task.run(
                  () => wallet.cancelAgreement(),
                  () => {
                    setAsking(false)
                    say(t('agreementCancelled'))
                  },
                )
              }
              onKeep={() => setAsking(false)}
            />
          ) : (
            <button
              type="button"
              class="button quiet"
              part="button"
              onClick={() => setAsking(true)}
            >
              {t('agreementCancel')}
            </button>
          )}
        </div>
      )}
    </Page>
  )
}
