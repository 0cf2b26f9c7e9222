import type { Gathering } from '@campus-ecode/protocol/access'
import { useEffect, useState } from 'preact/hooks'
import { formatDay, formatTime } from '../format.ts'
import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { PageBar } from '../page-bar.tsx'
import { LoadFailed } from '../problem/load-failed.tsx'
import { useView } from '../view.ts'
import { GatherForm } from './gather-form.tsx'
import { purposeIcons } from './scene-picker.tsx'
import { useAccess } from './use-access.ts'

/** R30: meetings and attendance sessions of one's own. */
export function GatheringsPage() {
  const { t } = useView()
  const access = useAccess()
  const { value, loading, problem } = access.gatherings.value
  const [opening, setOpening] = useState(false)
  useEffect(() => void access.loadGatherings(), [access])
  return (
    <div class="page">
      <PageBar key={opening} title={t(opening ? 'gatherStart' : 'gatherTitle')} />
      {value ? (
        <>
          <p class="honest">
            <Icon d={moreIcons.eye} />
            {t('gatherHonest')}
          </p>
          {opening ? (
            <GatherForm choices={value} onCancel={() => setOpening(false)} />
          ) : value.zones.length ? (
            <button type="button" class="button" part="button" onClick={() => setOpening(true)}>
              {t('gatherStart')}
            </button>
          ) : (
            <p class="charge">{t('gatherPlaceNone')}</p>
          )}
          {opening ? null : value.gatherings.length ? (
            <section>
              <h2 class="day-title">{t('gatherMine')}</h2>
              <ul class="panel rows">
                {value.gatherings.map((gathering) => (
                  <OneGathering key={gathering.gatheringId} gathering={gathering} />
                ))}
              </ul>
            </section>
          ) : (
            <div class="notice short">
              <h2 class="notice-title">{t('gatherNone')}</h2>
              <p class="notice-text">{t('gatherNoneText')}</p>
            </div>
          )}
        </>
      ) : problem && !loading ? (
        <LoadFailed problem={problem} retry={() => void access.loadGatherings()} />
      ) : (
        <div aria-busy="true">
          <div class="panel day-bone bone" />
        </div>
      )}
    </div>
  )
}

function OneGathering({ gathering }: { gathering: Gathering }) {
  const { model, t, go } = useView()
  const { gatheringId, purpose, title, zone, startsAt, endsAt, attendeeCount } = gathering
  const now = model.now()
  const runs = Date.parse(endsAt) > now
  const when = `${formatDay(startsAt, now, t)} ${formatTime(startsAt)}–${formatTime(endsAt)}`
  return (
    <li>
      <button
        type="button"
        class="plain way"
        onClick={() => go({ name: 'in_access', page: 'attendance', gatheringId })}
      >
        <Icon d={purposeIcons[purpose]} />
        <span class="way-label">
          {title}
          <small>
            {zone} · {when}
          </small>
        </span>
        <span class={`way-value way-count${runs ? ' urgent' : ''}`}>
          {runs ? t('gatherRunning') : t('gatherCount', { n: attendeeCount })}
        </span>
        <Icon d={moreIcons.next} />
      </button>
    </li>
  )
}
