import { useEffect } from 'preact/hooks'
import type { ShownProblem } from '../../model.ts'
import { useView } from '../view.ts'
import { explain } from './explain.ts'
import { useExplanation } from './use-explanation.ts'

/** One sentence beside the thing that failed, spoken too. */
export function ProblemLine({ problem, id }: { problem: ShownProblem; id?: string }) {
  const { say } = useView()
  const { title } = useExplanation(
    explain(problem.code, problem.sentences, { accounts: undefined, account: undefined }),
  )
  useEffect(() => say(title), [problem])
  return (
    <p class="wrong" id={id}>
      {title}
    </p>
  )
}
