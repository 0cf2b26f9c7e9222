import type { LockReach } from '@campus-ecode/protocol/access'
import { useEffect, useLayoutEffect } from 'preact/hooks'
import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { useChanges } from '../use-cell.ts'
import { useView } from '../view.ts'
import { formatDayTime } from './day-time.ts'
import { useAccess } from './use-access.ts'

const GATES_MAX = 5

/** R32: which gates know that the person's codes have ended, and which are still to be told. */
export function LockReachPanel() {
  const { t, say } = useView()
  const access = useAccess()
  useChanges([access.reach])
  useLayoutEffect(() => access.watchReach(), [access])
  const reach = access.reach.value
  useEffect(() => {
    if (reach === null) say(t('reachAll'))
  }, [reach])
  if (reach === undefined) return null
  return (
    <section class="panel reach" part="reach">
      <h2>{t('reachTitle')}</h2>
      {reach ? (
        <Underway reach={reach} />
      ) : (
        <p class="reach-all">
          <Icon d={moreIcons.tick} />
          {t('reachAll')}
        </p>
      )}
    </section>
  )
}

function Underway({ reach: { gateCount, reachedCount, waiting } }: { reach: LockReach }) {
  const { model, t } = useView()
  const left = gateCount - reachedCount - Math.min(waiting.length, GATES_MAX)
  return (
    <>
      <p class="reach-count">{t('reachCount', { reached: reachedCount, all: gateCount })}</p>
      <p class="reach-bar" aria-hidden="true">
        <i style={{ width: `${gateCount ? (100 * reachedCount) / gateCount : 100}%` }} />
      </p>
      <h3>{t('reachWaiting')}</h3>
      <ul>
        {waiting.slice(0, GATES_MAX).map(({ name, lastContactAt }) => (
          <li key={name}>
            <b>{name}</b>
            <span>
              {lastContactAt
                ? t('reachSeen', { time: formatDayTime(lastContactAt, model.now(), t) })
                : t('reachNever')}
            </span>
          </li>
        ))}
        {left > 0 && <li>{t('reachMore', { n: left })}</li>}
      </ul>
      <p class="reach-text">{t('reachWaitingText')}</p>
    </>
  )
}
