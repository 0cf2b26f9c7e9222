import { useEffect } from 'preact/hooks'
import type { ShownProblem } from '../../model.ts'
import { Support } from '../problem/support.tsx'
import { useView } from '../view.ts'
import { type OfflineWords, useAccessWords } from './access-words.ts'

/** In the code's place when none can be shown: why, and the one thing that helps. */
export function AccessBlocked({
  problem,
  offline,
  retry,
}: {
  problem: ShownProblem
  offline: OfflineWords
  retry(): void
}) {
  const { t, go, say } = useView()
  const { title, how, remedy, final } = useAccessWords(problem, offline)
  useEffect(() => say(title), [title])
  return (
    <div class="notice">
      <h2 class="notice-title" tabIndex={-1}>
        {title}
      </h2>
      <p class="notice-text">{how}</p>
      {!final && (
        <button
          type="button"
          class="button"
          part="button"
          onClick={() => (remedy ? go(remedy.route) : retry())}
        >
          {t(remedy?.label ?? 'retry')}
        </button>
      )}
      <Support problem={problem} />
    </div>
  )
}
