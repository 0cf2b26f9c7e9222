import { useEffect } from 'preact/hooks'
import type { GateNews } from '../../access-model.ts'
import { formatTime } from '../format.ts'
import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { useNow } from '../use-now.ts'
import { useView } from '../view.ts'
import { useRefusalWords } from './refusal-words.ts'
import { purposeIcons } from './scene-picker.tsx'
import { useAccess } from './use-access.ts'

/** What the gate said, large, for three seconds; then the code is back by itself. */
export function GateResult({ news }: { news: GateNews }) {
  const { t, say } = useView()
  const access = useAccess()
  const { gateName, purpose, result, refusal } = news
  const { why, how } = useRefusalWords(refusal)
  const opened = result === 'opened'
  const isSession = purpose === 'meeting' || purpose === 'attendance'
  useEffect(() => {
    const live = isSession ? 'gateSignedLive' : 'gateOpenedLive'
    say(
      opened
        ? t(live, { gate: gateName })
        : `${t('gateRefusedLive', { gate: gateName, why })} ${how}`,
    )
  }, [news.recordId])
  return (
    <>
      <div class={`outcome gate-outcome ${opened ? 'paid' : 'refused'}`} part="outcome">
        <span class="mark">
          <Icon d={opened ? moreIcons.tick : moreIcons.alert} />
        </span>
        <h2 tabIndex={-1} class="outcome-title large">
          {opened ? t(isSession ? 'gateSigned' : 'gateOpened') : why}
        </h2>
        <p class="outcome-text">{gateName}</p>
      </div>
      <div class="slip">
        {opened ? (
          <p class="gate-when">
            {purpose && (
              <>
                <Icon d={purposeIcons[purpose]} />
                {t(purpose)}
              </>
            )}
            <Clock />
          </p>
        ) : (
          <p class="advice">{how}</p>
        )}
        <button type="button" class="button quiet" part="button" onClick={() => access.next()}>
          {t('gateAgain')}
        </button>
      </div>
    </>
  )
}

/** A picture of this screen stands still. */
function Clock() {
  return <span class="gate-clock">{formatTime(useNow(1000), true)}</span>
}
