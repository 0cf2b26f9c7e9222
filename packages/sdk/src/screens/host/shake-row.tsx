import { useState } from 'preact/hooks'
import { Icon } from '../icon.tsx'
import { useView } from '../view.ts'
import { hostIcons } from './host-icon-paths.ts'
import { useHost } from './use-host.ts'

/** R20: off until somebody wants it, and only where a phone can be shaken. */
export function ShakeRow() {
  const { t, say } = useView()
  const host = useHost()
  const [refused, setRefused] = useState(false)
  if (!host.host.value?.can('shake')) return null
  const on = host.shakes.value
  async function turn() {
    const done = await host.setShakes(!on)
    setRefused(!done)
    say(t(done ? (on ? 'shakeOff' : 'shakeOn') : 'shakeNotAllowed'))
  }
  return (
    <li>
      <button
        type="button"
        class="plain way"
        role="switch"
        aria-checked={on}
        onClick={() => void turn()}
      >
        <Icon d={hostIcons.shake} />
        <span class="way-label">
          {t('shake')}
          {refused && <small>{t('shakeNotAllowed')}</small>}
        </span>
        <span class="switch" aria-hidden="true" />
      </button>
    </li>
  )
}
