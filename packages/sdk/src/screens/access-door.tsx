import type { ComponentChildren } from 'preact'
import type { AccessPage } from './access/access-page.ts'
import type { AccessScreens } from './access/access-screens.ts'
import { PageBar } from './page-bar.tsx'
import { useView } from './view.ts'
import { WithPart } from './with-part.tsx'

/** The way to access codes, which are a part of their own. */
export function AccessDoor(place: { page?: AccessPage; gatheringId?: string | undefined }) {
  const { t } = useView()
  return (
    <WithPart
      part="access"
      frame={(rest) => (
        <div class="page">
          <PageBar title={t('tab_access')} />
          {rest}
        </div>
      )}
    >
      {({ AccessScreen }) => <AccessScreen {...place} />}
    </WithPart>
  )
}

/** R32: how far a lock has reached; nothing until that is known. */
export function Reach() {
  return <WithAccess frame={() => null}>{({ LockReachPanel }) => <LockReachPanel />}</WithAccess>
}

function WithAccess(given: {
  frame: (rest: ComponentChildren) => ComponentChildren
  children: (screens: AccessScreens) => ComponentChildren
}) {
  return <WithPart part="access" {...given} />
}
