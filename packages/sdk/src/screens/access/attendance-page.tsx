import type { GatheringRecords } from '@campus-ecode/protocol/access'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { formatTime } from '../format.ts'
import { Icon } from '../icon.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { PageBar } from '../page-bar.tsx'
import { LoadFailed } from '../problem/load-failed.tsx'
import { Sure } from '../sure.tsx'
import { useNow } from '../use-now.ts'
import { useTask } from '../use-task.ts'
import { useView } from '../view.ts'
import { AccessProblem } from './access-problem.tsx'
import { purposeIcons } from './scene-picker.tsx'
import { useAccess } from './use-access.ts'

/** Told this often at most, while people stream in. */
const TELL_MS = 20_000

/** Who has signed in, as they come. */
export function AttendancePage({ gatheringId }: { gatheringId: string }) {
  const { t } = useView()
  const access = useAccess()
  const { value, problem, loading } = access.attendance.value
  useLayoutEffect(() => access.showAttendance(gatheringId), [access, gatheringId])
  const shown = value?.gathering.gatheringId === gatheringId ? value : undefined
  return (
    <div class="page">
      <PageBar title={shown ? t(shown.gathering.purpose) : t('gatherTitle')} />
      {shown ? (
        <Attendance records={shown} />
      ) : problem && !loading ? (
        <LoadFailed problem={problem} retry={() => void access.loadAttendance()} />
      ) : (
        <div aria-busy="true">
          <div class="panel day-bone bone" />
        </div>
      )}
    </div>
  )
}

function Attendance({ records: { gathering, attendees } }: { records: GatheringRecords }) {
  const { t, say } = useView()
  const access = useAccess()
  const task = useTask()
  const now = useNow(1_000)
  const [asking, setAsking] = useState(false)
  const { gatheringId, purpose, title, zone, endsAt } = gathering
  const runs = Date.parse(endsAt) > now
  const count = attendees.length

  const told = useRef({ count, at: now })
  useEffect(() => {
    if (count === told.current.count || now - told.current.at < TELL_MS) return
    told.current = { count, at: now }
    say(t('gatherLive', { n: count }))
  }, [count, now])

  return (
    <>
      <section class="panel attended">
        <p class="attended-what">
          <Icon d={purposeIcons[purpose]} />
          <b>{title}</b>
          <span class={runs ? 'chip' : 'chip off'}>{t(runs ? 'gatherRunning' : 'gatherOver')}</span>
        </p>
        <p class="attended-where">
          {zone} · {t(runs ? 'gatherUntil' : 'gatherEnded', { time: formatTime(endsAt) })}
        </p>
        <p class="attended-count">
          <b>{count}</b> {t('gatherSignedIn')}
        </p>
        {task.problem && !task.busy && <AccessProblem problem={task.problem} />}
        {runs &&
          (asking ? (
            <Sure
              text={t('gatherEndSure')}
              label={t('gatherEndDo')}
              busy={task.busy}
              onSure={() =>
                task.run(
                  () => access.endGathering(gatheringId),
                  () => {
                    setAsking(false)
                    say(t('gatherOver'))
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
              {t('gatherEnd')}
            </button>
          ))}
      </section>
      <p class="honest">
        <Icon d={moreIcons.eye} />
        {t('gatherHonest')}
      </p>
      {count ? (
        <ul class="panel rows">
          {attendees.map((person) => (
            <li key={`${person.maskedCardNo} ${person.firstAt}`} class="record">
              <p class="record-what">
                <b>{person.name}</b>
                <span>{person.maskedCardNo}</span>
                {person.replayed && (
                  <span class="record-replayed">
                    <Icon d={moreIcons.alert} />
                    {t('gatherReplayed')}
                  </span>
                )}
              </p>
              <p class="record-when">{formatTime(person.firstAt, true)}</p>
            </li>
          ))}
        </ul>
      ) : (
        <p class="charge">{t(runs ? 'gatherWaiting' : 'gatherEmpty')}</p>
      )}
    </>
  )
}
