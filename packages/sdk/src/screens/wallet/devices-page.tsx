import type { Device, SignIn } from '@campus-ecode/protocol/devices'
import { useEffect, useState } from 'preact/hooks'
import { formatInstant } from '../format.ts'
import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { PageBar } from '../page-bar.tsx'
import { LoadFailed } from '../problem/load-failed.tsx'
import { Sure } from '../sure.tsx'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { useWallet } from './use-wallet.ts'
import { WalletProblem } from './wallet-problem.tsx'

/** R6: the phones that draw codes, and how to end one's codes. */
export function DevicesPage() {
  const { model, t, parts } = useView()
  const wallet = useWallet()
  const host = parts.value.host?.screens
  const { value, loading, problem } = wallet.devices.value
  useEffect(() => void wallet.loadDevices(), [wallet])
  return (
    <div class="page">
      <PageBar title={t('devicesTitle')} />
      {value ? (
        <>
          {value.devices.length ? (
            <>
              <p class="intro">{t('devicesIntro')}</p>
              {value.devices.map((device) => (
                <OneDevice key={device.deviceId} device={device} />
              ))}
            </>
          ) : (
            <div class="notice short">
              <h2 class="notice-title">{t('devicesNone')}</h2>
              <p class="notice-text">{t('devicesNoneText')}</p>
            </div>
          )}
          {host && model.host.value && <host.WechatSignIn />}
          <SignIns signIns={value.signIns} />
        </>
      ) : problem && !loading ? (
        <LoadFailed problem={problem} retry={() => void wallet.loadDevices()} />
      ) : (
        <div aria-busy="true">
          <div class="panel day-bone bone" />
        </div>
      )}
    </div>
  )
}

/** When the school's server opened this for the person. */
function SignIns({ signIns }: { signIns: readonly SignIn[] }) {
  const { t } = useView()
  if (!signIns.length) return null
  return (
    <section>
      <h2 class="day-title">{t('signIns')}</h2>
      <ul class="panel rows">
        {signIns.map(({ at }) => (
          <li key={at} class="sign-in">
            {formatInstant(at, t)}
          </li>
        ))}
      </ul>
      <p class="sign-ins-text">{t('signInsText')}</p>
    </section>
  )
}

function OneDevice({ device }: { device: Device }) {
  const { t } = useView()
  const wallet = useWallet()
  const task = useTask()
  const [asking, setAsking] = useState(false)
  const { deviceId, label, lastContactAt } = device
  const own = deviceId === wallet.ownDeviceId()
  return (
    <section class="panel bank" aria-label={label}>
      <p class="bank-top">
        <Icon d={moreIcons.phone} />
        <b>{label}</b>
        {own && <span class="chip">{t('deviceThis')}</span>}
      </p>
      <p class="bank-default">{t('deviceSeen', { time: formatInstant(lastContactAt, t) })}</p>
      {task.problem && !task.busy && <WalletProblem problem={task.problem} />}
      {asking ? (
        <Sure
          text={own ? t('deviceSureThis') : t('deviceSure', { label })}
          label={t('deviceSureDo')}
          busy={task.busy}
          onSure={() =>
            task.run(() => wallet.removeDevice(deviceId), undefined, t('deviceRemoved'))
          }
          onKeep={() => setAsking(false)}
        />
      ) : (
        <p class="bank-actions">
          <button type="button" class="plain link" onClick={() => setAsking(true)}>
            {t('deviceRemove')}
          </button>
        </p>
      )}
    </section>
  )
}
