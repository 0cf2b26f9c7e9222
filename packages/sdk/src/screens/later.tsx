import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import type { More } from './more.tsx'
import { useView } from './view.ts'

/** Shows what lives in the second chunk: a quiet gap while it comes, a way on if it does not. */
export function Later({ children }: { children: (more: More) => ComponentChildren }) {
  const { more, moreFailed, fetchMore, t } = useView()
  useEffect(fetchMore, [fetchMore])
  if (more.value) return <>{children(more.value)}</>
  if (!moreFailed.value) return <div class="notice" aria-busy="true" />
  return (
    <div class="notice">
      <p class="notice-title">{t('networkLost')}</p>
      <button type="button" class="button" part="button" onClick={fetchMore}>
        {t('retry')}
      </button>
    </div>
  )
}
