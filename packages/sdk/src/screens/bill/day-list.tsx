import type { BillEntry } from '@campus-ecode/protocol/bill'
import { useMemo, useRef } from 'preact/hooks'
import { dayNumber, formatDay } from '../format.ts'
import { useView } from '../view.ts'
import { BillRow } from './bill-row.tsx'

type Day = [BillEntry, ...BillEntry[]]

/**
 * The entries by day. A month may have thousands: a day whose entries are the same as before is not
 * drawn again, and the style sheet leaves days that are out of sight unpainted.
 */
export function DayList({ entries }: { entries: readonly BillEntry[] }) {
  const days = useMemo(() => groupByDay(entries), [entries])
  return (
    <>
      {days.map((day) => (
        <OneDay key={dayNumber(day[0].at)} day={day} />
      ))}
    </>
  )
}

function OneDay({ day }: { day: Day }) {
  const view = useView()
  const { model, t, locale } = view
  // Rows that are not drawn again still find the way from where the person is now.
  const latest = useRef(view)
  latest.current = view
  const kept = useRef(day)
  if (!isSameDay(kept.current, day)) kept.current = day
  const entries = kept.current
  const title = formatDay(entries[0].at, model.now(), t)
  const accounts = model.accounts.value.value
  const card = accounts?.fallbackCard
  return useMemo(
    () => (
      <section class="bill-day" style={{ '--rows': String(entries.length) }}>
        <h3 class="day-title">{title}</h3>
        <ul class="panel rows">
          {entries.map((entry) => (
            <li key={entry.entryId}>
              <BillRow
                entry={entry}
                accounts={accounts}
                t={t}
                onOpen={() => latest.current.go({ name: 'entry', entry })}
              />
            </li>
          ))}
        </ul>
      </section>
    ),
    // The words of a language, or of a school, may come after the first drawing.
    [entries, title, locale, t('payment'), card?.tail, card?.bankName],
  )
}

/** Neighbours of one Shanghai day together, in the order given. */
export function groupByDay(entries: readonly BillEntry[]): Day[] {
  const days: Day[] = []
  let last = 0
  for (const entry of entries) {
    const day = days[days.length - 1]
    const number = dayNumber(entry.at)
    if (day && number === last) day.push(entry)
    else days.push([entry])
    last = number
  }
  return days
}

function isSameDay(one: Day, two: Day): boolean {
  return one.length === two.length && one.every((entry, at) => entry === two[at])
}
