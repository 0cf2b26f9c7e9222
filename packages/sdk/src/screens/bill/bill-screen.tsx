import type { BillEntry, BillPage } from '@campus-ecode/protocol/bill'
import { formatYuan } from '@campus-ecode/protocol/money'
import { useEffect, useState } from 'preact/hooks'
import { addMonths, dayNumber, formatDay, formatMonth, monthOf } from '../format.ts'
import { Icon } from '../icon.tsx'
import { icons } from '../icon-paths.ts'
import { moreIcons } from '../more-icon-paths.ts'
import { PageBar } from '../page-bar.tsx'
import { LoadFailed } from '../problem/load-failed.tsx'
import { useView } from '../view.ts'
import { BillRow } from './bill-row.tsx'

/** Long enough to look at an entry and come back without the list beginning anew. */
const FRESH_MS = 60_000

/** R17: what went out and what came back, month by month. */
export function BillScreen() {
  const { model, t } = useView()
  const { value, loading, problem } = model.bill.value
  const thisMonth = monthOf(model.now())
  // Back from an entry, the month that was open still is.
  const [month, setMonth] = useState(value?.month ?? thisMonth)
  const page = value?.month === month ? value : undefined
  const open = (next: string) => {
    setMonth(next)
    model.openBill(next)
  }
  useEffect(() => {
    const { value: last, at = 0 } = model.bill.value
    if (!last || model.now() - at > FRESH_MS) model.openBill(month)
  }, [model])
  return (
    <div class="page">
      <PageBar title={t('bill')} />
      <div class="months">
        <button
          type="button"
          class="plain"
          aria-label={t('previousMonth')}
          onClick={() => open(addMonths(month, -1))}
        >
          <Icon d={icons.back} />
        </button>
        <h2 class="month">{formatMonth(month, t)}</h2>
        <button
          type="button"
          class="plain"
          aria-label={t('nextMonth')}
          disabled={month >= thisMonth}
          onClick={() => open(addMonths(month, 1))}
        >
          <Icon d={moreIcons.next} />
        </button>
      </div>
      {page ? (
        <Month page={page} />
      ) : problem && !loading ? (
        <LoadFailed problem={problem} retry={() => open(month)} />
      ) : (
        <div aria-busy="true">
          <div class="panel totals bone" />
          <div class="panel day-bone bone" />
        </div>
      )}
    </div>
  )
}

function Month({ page }: { page: BillPage }) {
  const { model, t } = useView()
  const { loading, problem } = model.bill.value
  return (
    <>
      <dl class="panel two totals" part="totals">
        <div>
          <dt>{t('outTotal')}</dt>
          <dd class="balance">{formatYuan(page.outFen)}</dd>
        </div>
        <div>
          <dt>{t('inTotal')}</dt>
          <dd class="balance">{formatYuan(page.inFen)}</dd>
        </div>
      </dl>
      {page.entries.length === 0 && !loading && (
        <div class="notice">
          <h3 class="notice-title">{t('billEmpty')}</h3>
          <p class="notice-text">{t('billEmptyText')}</p>
        </div>
      )}
      {groupByDay(page.entries).map((entries) => {
        const [first] = entries
        return (
          <section key={dayNumber(first.at)}>
            <h3 class="day-title">{formatDay(first.at, model.now(), t)}</h3>
            <ul class="panel rows">
              {entries.map((entry) => (
                <li key={entry.entryId}>
                  <BillRow entry={entry} />
                </li>
              ))}
            </ul>
          </section>
        )
      })}
      {problem && !loading && <p class="charge">{t('billFailed')}</p>}
      {page.next && (
        <button
          type="button"
          class="button quiet"
          part="button"
          disabled={loading}
          onClick={() => model.moreBill()}
        >
          {t(loading ? 'billLoading' : 'billMore')}
        </button>
      )}
    </>
  )
}

/** Neighbours of one Shanghai day together, in the order given. */
export function groupByDay(entries: readonly BillEntry[]): [BillEntry, ...BillEntry[]][] {
  const days: [BillEntry, ...BillEntry[]][] = []
  for (const entry of entries) {
    const day = days[days.length - 1]
    if (day && dayNumber(day[0].at) === dayNumber(entry.at)) day.push(entry)
    else days.push([entry])
  }
  return days
}
