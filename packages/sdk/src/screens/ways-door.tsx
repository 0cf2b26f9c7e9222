import type { ComponentChildren } from 'preact'
import { PageBar } from './page-bar.tsx'
import { useView } from './view.ts'
import { WithWallet } from './wallet-door.tsx'
import type { WaysPlace } from './ways/ways-page.ts'
import type { WaysScreens } from './ways/ways-screens.ts'
import { WithPart } from './with-part.tsx'

/** The way to the other ways to pay, which are a part of their own. */
export function WaysDoor({ place }: { place: WaysPlace }) {
  const { t } = useView()
  return (
    <WithWays
      frame={(rest) => (
        <div class="page">
          <PageBar title={t(place.page === 'scan' ? 'scan' : 'services')} />
          {rest}
        </div>
      )}
    >
      {({ WaysScreen }) => <WaysScreen place={place} />}
    </WithWays>
  )
}

/** The cashier, which stands alone over a page. */
export function CashierDoor() {
  return (
    <WithWays frame={(rest) => <div class="cashier-wait">{rest}</div>}>
      {({ Cashier }) => <Cashier />}
    </WithWays>
  )
}

/** All of them are paid with the password, which is the wallet's to ask for: it comes first. */
function WithWays(given: {
  frame: (rest: ComponentChildren) => ComponentChildren
  children: (screens: WaysScreens) => ComponentChildren
}) {
  return <WithWallet frame={given.frame}>{() => <WithPart part="ways" {...given} />}</WithWallet>
}
