import type { Loadable } from '../model.ts'
import type { StringKey } from '../strings/zh-cn.ts'
import { useView } from './view.ts'

/** The end of a list that comes page by page: the next page, or that the last one asked for did not come. */
export function ListEnd({
  list: { value, loading, problem },
  words,
  onMore,
}: {
  list: Loadable<{ next: string | null }>
  words: { more: StringKey; loading: StringKey; failed: StringKey }
  onMore(): void
}) {
  const { t } = useView()
  return (
    <>
      {problem && !loading && <p class="charge">{t(words.failed)}</p>}
      {value?.next && (
        <button
          type="button"
          class="button quiet"
          part="button"
          disabled={loading}
          onClick={onMore}
        >
          {t(loading ? words.loading : words.more)}
        </button>
      )}
    </>
  )
}
