import type { SessionState } from '../../../model.ts'
import { PageBar } from '../../page-bar.tsx'
import { useChanges } from '../../use-cell.ts'
import { useView } from '../../view.ts'
import { ToldProblem } from '../ways-problem.tsx'

/**
 * R24: whether merchants' printed codes are paid here, as far as the session says. A host that keeps that from us has
 * the server say it, after the scan.
 */
export function useCollects(): boolean {
  const { session } = useView().model
  useChanges([session])
  return collects(session.value)
}

function collects(session: SessionState): boolean {
  if (session.kind !== 'open' || !Array.isArray(session.scopes)) return true
  return session.scopes.includes('collection')
}

/** In the scanner's place: where they are paid, before anybody aims a camera. */
export function NotHere() {
  const { t } = useView()
  return (
    <div class="page">
      <PageBar title={t('scan')} />
      <div class="panel">
        <ToldProblem problem={{ code: 'COLLECTION_NOT_HERE' }} />
      </div>
    </div>
  )
}
