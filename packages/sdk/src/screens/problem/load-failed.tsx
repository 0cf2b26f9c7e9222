import type { ShownProblem } from '../../model.ts'
import { useView } from '../view.ts'
import { explain } from './explain.ts'
import { Support } from './support.tsx'
import { useExplanation } from './use-explanation.ts'

/** In place of a screen whose data could not be fetched even once. */
export function LoadFailed({ problem, retry }: { problem: ShownProblem; retry(): void }) {
  const { t } = useView()
  const { title, how } = useExplanation(
    explain(problem.code, problem.sentences, { accounts: undefined, account: undefined }),
  )
  return (
    <div class="notice">
      <h2 class="notice-title">{title}</h2>
      <p class="notice-text">{how}</p>
      <button type="button" class="button" part="button" onClick={retry}>
        {t('retry')}
      </button>
      <Support problem={problem} />
    </div>
  )
}
