import type { BillFilter } from '@campus-ecode/protocol/bill'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { StringKey } from '../../strings/zh-cn.ts'
import { useView } from '../view.ts'
import { billChannels, billKinds, makeFilter, toSearch } from './bill-filter.ts'

/** So long nothing is typed before it is looked for. */
const PAUSE_MS = 350

/** Narrows the month (R17): what kind is always at hand, channel and search once asked for. */
export function FilterBar({
  filter,
  wide,
  onFilter,
}: {
  filter: BillFilter
  /** With channel and search. */
  wide: boolean
  onFilter(filter: BillFilter): void
}) {
  const { t } = useView()
  const [typed, setTyped] = useState(filter.search ?? '')
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const field = useRef<HTMLInputElement>(null)
  const opened = useRef(wide)
  const { kind, channel } = filter

  useEffect(() => {
    if (wide && !opened.current) field.current?.focus()
    opened.current = wide
  }, [wide])
  useEffect(() => () => clearTimeout(timer.current), [])

  const narrow = (change: Parameters<typeof makeFilter>[0]) => {
    clearTimeout(timer.current)
    onFilter(makeFilter({ kind, channel, search: toSearch(typed), ...change }))
  }
  const put = (text: string) => {
    setTyped(text)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => narrow({ ...filter, search: toSearch(text) }), PAUSE_MS)
  }
  return (
    <>
      {wide && (
        <form
          class="bill-search"
          onSubmit={(event) => {
            event.preventDefault()
            narrow({ kind, channel })
            field.current?.blur()
          }}
        >
          <input
            ref={field}
            class="search-field"
            part="field"
            type="search"
            enterKeyHint="search"
            autoComplete="off"
            maxLength={40}
            aria-label={t('billSearch')}
            placeholder={t('billSearch')}
            value={typed}
            onInput={(event) => put(event.currentTarget.value)}
          />
        </form>
      )}
      <Chips
        label={t('billKind')}
        all={billKinds}
        chosen={kind}
        name={(each) => kindNames[each ?? 'all']}
        onChoose={(next) => narrow({ ...filter, kind: next, search: toSearch(typed) })}
      />
      {wide && (
        <Chips
          label={t('payWith')}
          all={billChannels}
          chosen={channel}
          name={(each) => each ?? 'billAnyChannel'}
          onChoose={(next) => narrow({ ...filter, channel: next, search: toSearch(typed) })}
        />
      )}
    </>
  )
}

const kindNames = {
  all: 'billAll',
  payment: 'outTotal',
  refund: 'refund',
  top_up: 'top_up',
  withdrawal: 'withdrawal',
} as const satisfies Record<string, StringKey>

function Chips<T extends string | undefined>({
  label,
  all,
  chosen,
  name,
  onChoose,
}: {
  label: string
  all: readonly T[]
  chosen: string | undefined
  name(each: T): StringKey
  onChoose(each: T): void
}) {
  const { t } = useView()
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a flex container in Chromium before 86
    <div class="chips" role="group" aria-label={label}>
      {all.map((each) => (
        <button
          key={each ?? ''}
          type="button"
          class="pick"
          aria-pressed={each === chosen}
          onClick={({ currentTarget: { parentElement: row, offsetLeft, offsetWidth } }) => {
            // All of what is chosen is in sight, and what is beside it.
            if (row) row.scrollLeft = offsetLeft - (row.clientWidth - offsetWidth) / 2
            onChoose(each)
          }}
        >
          {t(name(each))}
        </button>
      ))}
    </div>
  )
}
