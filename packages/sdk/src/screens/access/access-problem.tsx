import { useEffect } from 'preact/hooks'
import type { ShownProblem } from '../../model.ts'
import { Support } from '../problem/support.tsx'
import { useView } from '../view.ts'
import { useAccessWords } from './access-words.ts'

/** What went wrong beside a button, and what helps; spoken, too. */
export function AccessProblem({ problem }: { problem: ShownProblem }) {
  const { t, go, say } = useView()
  const { title, how, remedy } = useAccessWords(problem)
  useEffect(() => say(title), [problem])
  return (
    <div class="trouble">
      <p class="wrong">{title}</p>
      {how && <p>{how}</p>}
      {remedy && (
        <button type="button" class="button quiet" part="button" onClick={() => go(remedy.route)}>
          {t(remedy.label)}
        </button>
      )}
      <Support problem={problem} />
    </div>
  )
}
