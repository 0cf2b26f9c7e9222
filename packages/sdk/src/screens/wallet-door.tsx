import type { ComponentChildren } from 'preact'
import { PageBar } from './page-bar.tsx'
import { type Route, useView } from './view.ts'
import type { WalletScreens } from './wallet/wallet-screens.ts'
import { WithPart } from './with-part.tsx'

/** The way into the wallet, which is a part of its own. */
export function WalletDoor({ route }: { route: Route }) {
  const { t } = useView()
  return (
    <WithPart
      part="wallet"
      frame={(rest) => (
        <div class="page">
          <PageBar title={t('tab_wallet')} />
          {rest}
        </div>
      )}
    >
      {({ WalletScreen }) => (
        <WalletScreen
          page={route.name === 'in_wallet' ? route.page : undefined}
          about={route.name === 'in_wallet' ? route.about : undefined}
        />
      )}
    </WithPart>
  )
}

/** Shows what needs the wallet's part. */
export function WithWallet(given: {
  /** Around the gap. */
  frame?: (rest: ComponentChildren) => ComponentChildren
  children: (screens: WalletScreens) => ComponentChildren
}) {
  return <WithPart part="wallet" {...given} />
}
