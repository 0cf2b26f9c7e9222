import { useEffect } from 'preact/hooks'
import type { ShownProblem } from '../../model.ts'
import type { StringKey } from '../../strings/zh-cn.ts'
import { type Route, useView } from '../view.ts'
import { Support } from './support.tsx'

/** What went wrong, why, and the one button that mends it; spoken, too. */
export function Trouble({
  problem,
  title,
  how,
  remedy,
}: {
  problem: ShownProblem
  title: string
  how: string
  remedy: { label: StringKey; route: Route } | undefined
}) {
  const { go, t, say } = useView()
  useEffect(() => say(title), [title, problem.requestId])
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
