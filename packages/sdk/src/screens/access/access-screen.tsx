import { useChanges } from '../use-cell.ts'
import type { AccessPage } from './access-page.ts'
import { AttendancePage } from './attendance-page.tsx'
import { CodePage } from './code-page.tsx'
import { GatheringsPage } from './gatherings-page.tsx'
import { IdentityPage } from './identity-page.tsx'
import { RecordsPage } from './records-page.tsx'
import { useAccess } from './use-access.ts'

/** The access code, or one of the pages behind it. */
export function AccessScreen({
  page,
  gatheringId = '',
}: {
  page?: AccessPage
  gatheringId?: string | undefined
}) {
  const { code, overview, news, identity, records, gatherings, attendance } = useAccess()
  useChanges([code, overview, news, identity, records, gatherings, attendance])
  switch (page) {
    case undefined:
      return <CodePage />
    case 'identity':
      return <IdentityPage />
    case 'records':
      return <RecordsPage />
    case 'gatherings':
      return <GatheringsPage />
    case 'attendance':
      return <AttendancePage gatheringId={gatheringId} />
  }
}
