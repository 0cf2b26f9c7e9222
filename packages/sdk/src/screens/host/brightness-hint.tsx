import { useLayoutEffect } from 'preact/hooks'
import { Icon } from '../icon.tsx'
import { useView } from '../view.ts'
import { hostIcons } from './host-icon-paths.ts'
import { useHost } from './use-host.ts'

/** R19: said once, on a phone whose brightness nothing here can raise; over the page, since the code must not move. */
export function BrightnessHint() {
  const { t } = useView()
  const host = useHost()
  // Before it is seen: where nothing is kept it is not shown.
  useLayoutEffect(() => host.noteHint(), [host])
  return (
    <p class="host-said hint" part="hint">
      <Icon d={hostIcons.sun} />
      <span class="hint-text">{t('brightHint')}</span>
      <button
        type="button"
        class="plain hint-close"
        aria-label={t('brightHintClose')}
        onClick={() => host.dismissHint()}
      >
        <Icon d={hostIcons.close} />
      </button>
    </p>
  )
}
