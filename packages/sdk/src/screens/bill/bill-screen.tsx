import type { BillFilter } from '@campus-ecode/protocol/bill'
import { formatYuan } from '@campus-ecode/protocol/money'
import { useEffect, useState } from 'preact/hooks'
import type { OpenBill } from '../../model.ts'
import { addMonths, formatMonth, monthOf } from '../format.ts'
import { Icon } from '../icon.tsx'
import { icons } from '../icon-paths.ts'
import { moreIcons } from '../more-icon-paths.ts'
import { PageBar } from '../page-bar.tsx'
import { LoadFailed } from '../problem/load-failed.tsx'
import { useView } from '../view.ts'
import { isNarrow, isSameFilter } from './bill-filter.ts'
import { DayList } from './day-list.tsx'
import { FilterBar } from './filter-bar.tsx'
import { Further } from './further.tsx'

/** Long enough to look at an entry and come back without the list beginning anew. */
const FRESH_MS = 60_000

/** R17: what went out and what came back, month by month. */
export function BillScreen() {
  const { model, t } = useView()
  const { value, loading, problem } = model.bill.value
  const thisMonth = monthOf(model.now())
  // Back from an entry, what was open still is.
  const [month, setMonth] = useState(value?.month ?? thisMonth)
  const [filter, setFilter] = useState<BillFilter>(value?.filter ?? {})
  const [wide, setWide] = useState(Boolean(filter.channel || filter.search))
  // Sums of another part of the month must not stand under what was chosen.
  const fits = value?.month === month && isSameFilter(value.filter, filter)
  const page = fits ? value : undefined
  const open = (next: string, part: BillFilter) => {
    setMonth(next)
    setFilter(part)
    model.openBill({ month: next, ...part })
  }
  useEffect(() => {
    const { value: last, at = 0 } = model.bill.value
    if (!last || model.now() - at > FRESH_MS) model.openBill({ month, ...filter })
  }, [model])
  return (
    <div class="page">
      <PageBar title={t('bill')}>
        <button
          type="button"
          class="plain bar-icon"
          aria-label={t('billNarrow')}
          aria-expanded={wide}
          onClick={() => {
            setWide(!wide)
            // What can no longer be seen must not go on narrowing.
            const { channel, search, ...rest } = filter
            if (wide && (channel || search)) open(month, rest)
          }}
        >
          <Icon d={moreIcons.search} />
        </button>
      </PageBar>
      <div class="months">
        <button
          type="button"
          class="plain"
          aria-label={t('previousMonth')}
          onClick={() => open(addMonths(month, -1), filter)}
        >
          <Icon d={icons.back} />
        </button>
        <h2 class="month">{formatMonth(month, t)}</h2>
        <button
          type="button"
          class="plain"
          aria-label={t('nextMonth')}
          disabled={month >= thisMonth}
          onClick={() => open(addMonths(month, 1), filter)}
        >
          <Icon d={moreIcons.next} />
        </button>
      </div>
      <FilterBar filter={filter} wide={wide} onFilter={(next) => open(month, next)} />
      {page ? (
        <Month
          page={page}
          onAll={() => {
            setWide(false)
            open(month, {})
          }}
        />
      ) : problem && !loading ? (
        <LoadFailed problem={problem} retry={() => open(month, filter)} />
      ) : (
        <div aria-busy="true">
          <div class="panel totals bone" />
          <div class="panel day-bone bone" />
        </div>
      )}
    </div>
  )
}

function Month({ page, onAll }: { page: OpenBill; onAll(): void }) {
  const { model, t, say } = useView()
  const { loading, problem } = model.bill.value
  const empty = page.entries.length === 0
  const narrow = isNarrow(page.filter)
  const failed = problem !== undefined && !loading
  const sums = { out: formatYuan(page.outFen), in: formatYuan(page.inFen) }
  useEffect(() => {
    if (narrow) say(empty ? t('billNone') : t('billSums', sums))
  }, [page.filter])
  return (
    <div>
      <dl class="panel two totals" part="totals">
        <div>
          <dt>{t('outTotal')}</dt>
          <dd class="balance">{sums.out}</dd>
        </div>
        <div>
          <dt>{t('inTotal')}</dt>
          <dd class="balance">{sums.in}</dd>
        </div>
      </dl>
      {empty && (
        <div class="notice">
          <h3 class="notice-title">{t(narrow ? 'billNone' : 'billEmpty')}</h3>
          <p class="notice-text">{t(narrow ? 'billNoneText' : 'billEmptyText')}</p>
          {narrow && (
            <button type="button" class="button quiet" part="button" onClick={onAll}>
              {t('billShowAll')}
            </button>
          )}
        </div>
      )}
      <DayList entries={page.entries} />
      {failed && <p class="charge">{t('billFailed')}</p>}
      {page.next && <Further failed={failed} />}
    </div>
  )
}
