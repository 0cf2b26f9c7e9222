import type { Account } from '@campus-ecode/protocol/shapes'
import { useEffect } from 'preact/hooks'
import type { ShownProblem } from '../../model.ts'
import { useView } from '../view.ts'
import { explain } from './explain.ts'
import { Support } from './support.tsx'
import { useExplanation } from './use-explanation.ts'

/** In the code's place when none can be drawn: why, and the one thing that helps. */
export function Blocked({ problem, account }: { problem: ShownProblem; account: Account }) {
  const { model, say } = useView()
  const accounts = model.accounts.value.value
  const { title, how, button } = useExplanation(
    explain(problem.code, problem.sentences, { accounts, account }),
  )
  useEffect(() => say(title), [title])
  return (
    <div class="notice">
      <h2 class="notice-title" tabIndex={-1}>
        {title}
      </h2>
      <p class="notice-text">{how}</p>
      {button && (
        <button type="button" class="button" part="button" onClick={button.press}>
          {button.label}
        </button>
      )}
      <Support problem={problem} />
    </div>
  )
}
