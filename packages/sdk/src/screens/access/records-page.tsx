import type { AccessRecord } from '@campus-ecode/protocol/access'
import { useEffect } from 'preact/hooks'
import { dayNumber, formatDay, formatTime } from '../format.ts'
import { Icon } from '../icon.tsx'
import { ListEnd } from '../list-end.tsx'
import { moreIcons } from '../more-icon-paths.ts'
import { PageBar } from '../page-bar.tsx'
import { LoadFailed } from '../problem/load-failed.tsx'
import { useView } from '../view.ts'
import { useRefusalWords } from './refusal-words.ts'
import { purposeIcons } from './scene-picker.tsx'
import { useAccess } from './use-access.ts'

/** R42: where one's codes were read in the last 90 days. */
export function RecordsPage() {
  const { model, t, go } = useView()
  const access = useAccess()
  const { value, loading, problem } = access.records.value
  useEffect(() => void access.loadRecords(), [access])
  const now = model.now()
  return (
    <div class="page">
      <PageBar title={t('recordsTitle')} />
      {value ? (
        <>
          {value.records.length ? (
            byDay(value.records).map(([day, records]) => (
              <section key={day}>
                <h2 class="day-title">{formatDay(records[0]?.at ?? now, now, t)}</h2>
                <ul class="panel rows">
                  {records.map((record) => (
                    <OneRecord key={record.recordId} record={record} />
                  ))}
                </ul>
              </section>
            ))
          ) : (
            <div class="notice short">
              <h2 class="notice-title">{t('recordsNone')}</h2>
              <p class="notice-text">{t('recordsNoneText')}</p>
            </div>
          )}
          <ListEnd
            list={access.records.value}
            words={{ more: 'recordsMore', loading: 'recordsLoading', failed: 'recordsFailed' }}
            onMore={() => void access.moreRecords()}
          />
          <p class="records-kept">
            {t('recordsKept')}{' '}
            <button
              type="button"
              class="plain link"
              onClick={() => go({ name: 'in_wallet', page: 'privacy' })}
            >
              {t('recordsPrivacy')}
            </button>
          </p>
        </>
      ) : problem && !loading ? (
        <LoadFailed problem={problem} retry={() => void access.loadRecords()} />
      ) : (
        <div aria-busy="true">
          <div class="panel day-bone bone" />
        </div>
      )}
    </div>
  )
}

function OneRecord({ record }: { record: AccessRecord }) {
  const { t } = useView()
  const { at, gateName, campus, zone, purpose, title, result, refusal, replayed } = record
  const { why } = useRefusalWords(refusal)
  const opened = result === 'opened'
  return (
    <li class="record">
      <span class="record-mark">
        <Icon d={purposeIcons[purpose]} />
      </span>
      <p class="record-what">
        <b>{title ?? gateName}</b>
        <span>
          {[t(purpose), title ? gateName : [campus, zone].filter(Boolean).join(' ')].join(' · ')}
        </span>
        {!opened && <span class="record-why">{why}</span>}
        {replayed && (
          <span class="record-replayed">
            <Icon d={moreIcons.alert} />
            {t('recordReplayed')}
          </span>
        )}
      </p>
      <p class="record-when">
        <b>{formatTime(at)}</b>
        <span class={opened ? 'tag in' : 'tag REFUSED'}>
          {t(opened ? 'recordOpened' : 'recordRefused')}
        </span>
      </p>
    </li>
  )
}

function byDay(records: readonly AccessRecord[]): [number, AccessRecord[]][] {
  const days = new Map<number, AccessRecord[]>()
  for (const record of records) {
    const day = dayNumber(record.at)
    days.set(day, [...(days.get(day) ?? []), record])
  }
  return [...days]
}
