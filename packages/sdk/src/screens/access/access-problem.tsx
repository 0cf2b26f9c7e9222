import type { ShownProblem } from '../../model.ts'
import { Trouble } from '../problem/trouble.tsx'
import { useAccessWords } from './access-words.ts'

/** What went wrong beside a button, in access's own words. */
export function AccessProblem({ problem }: { problem: ShownProblem }) {
  const { title, how, remedy } = useAccessWords(problem)
  return <Trouble problem={problem} title={title} how={how} remedy={remedy} />
}
