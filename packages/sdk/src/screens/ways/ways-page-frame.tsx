import type { ComponentChildren } from 'preact'
import type { Loadable } from '../../model.ts'
import type { StringKey } from '../../strings/zh-cn.ts'
import { formatTime } from '../format.ts'
import { Icon } from '../icon.tsx'
import { icons } from '../icon-paths.ts'
import { PageBar } from '../page-bar.tsx'
import { LoadFailed } from '../problem/load-failed.tsx'
import { useView } from '../view.ts'

/** A page that shows something fetched: its heading, and what is drawn once that is there. */
export function WaysPageFrame<T>({
  title,
  loadable: { value, problem, loading, at },
  retry,
  children,
}: {
  title: StringKey
  loadable: Loadable<T>
  retry(): void
  children: (value: T) => ComponentChildren
}) {
  const { t } = useView()
  return (
    <div class="page">
      <PageBar title={t(title)} />
      {value !== undefined && problem && at !== undefined && (
        <p class="stale">
          <Icon d={icons.offline} />
          {t('stale', { time: formatTime(at) })}
        </p>
      )}
      {value !== undefined ? (
        children(value)
      ) : problem && !loading ? (
        <LoadFailed problem={problem} retry={retry} />
      ) : (
        <div class="panel day-bone bone" aria-busy="true" />
      )}
    </div>
  )
}

/** A way that this person's campus has not got. */
export function NotOffered({ title }: { title: StringKey }) {
  const { t } = useView()
  return (
    <div class="notice">
      <h2 class="notice-title">{t(title)}</h2>
      <p class="notice-text">{t('askOffice')}</p>
    </div>
  )
}
