import { AccessDoor } from './access-door.tsx'
import { BillScreen } from './bill/bill-screen.tsx'
import { EntryScreen } from './bill/entry-screen.tsx'
import { CardScreen } from './card/card-screen.tsx'
import { EnrolScreen } from './enrol/enrol-screen.tsx'
import { PageBar } from './page-bar.tsx'
import { SessionNotice } from './session-notice.tsx'
import { type Route, useView } from './view.ts'
import { WalletDoor } from './wallet-door.tsx'
import { CashierDoor, WaysDoor } from './ways-door.tsx'

/** Every screen but the payment code's. */
export function OtherScreen({ route }: { route: Route }) {
  const { model, t } = useView()
  const session = model.session.value.kind
  // A phone with a credential goes on showing codes while its session is away.
  if (route.name === 'access') return <AccessDoor />
  // It says so itself, beside the way to close it.
  if (route.name === 'cashier') return <CashierDoor />
  if (session === 'lost' || session === 'signed_out') {
    return (
      <div class="page">
        <PageBar title={t('card')} />
        <SessionNotice />
      </div>
    )
  }
  switch (route.name) {
    case 'card':
      return <CardScreen />
    case 'bill':
      return <BillScreen />
    case 'entry':
      return <EntryScreen entry={route.entry} />
    case 'enrol':
      return <EnrolScreen />
    case 'in_access':
      return <AccessDoor page={route.page} gatheringId={route.gatheringId} />
    case 'in_ways':
      return <WaysDoor place={route} />
    default:
      return <WalletDoor route={route} />
  }
}
