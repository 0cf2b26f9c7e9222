import { useEffect } from 'preact/hooks'
import { useChanges } from '../use-cell.ts'
import type { HelpAbout } from '../view.ts'
import { AgreementPage } from './agreement-page.tsx'
import { BindPage } from './bind-page.tsx'
import { CardsPage } from './cards-page.tsx'
import { ClosePage } from './close-page.tsx'
import { DevicesPage } from './devices-page.tsx'
import { HelpPage } from './help-page.tsx'
import { Home } from './home.tsx'
import { LimitsPage } from './limits-page.tsx'
import { LockPage } from './lock-page.tsx'
import { MovePage } from './move-page.tsx'
import { NoticesPage } from './notices-page.tsx'
import { PasswordPage } from './password-page.tsx'
import { PrivacyPage } from './privacy-page.tsx'
import { ReopenPage } from './reopen-page.tsx'
import { TransferPage } from './transfer-page.tsx'
import { useWallet } from './use-wallet.ts'
import type { WalletPage } from './wallet-page.ts'

/** The wallet, or one of its pages; kept up to date while it is on display. */
export function WalletScreen({
  page,
  about,
}: {
  page: WalletPage | undefined
  about: HelpAbout | undefined
}) {
  const wallet = useWallet()
  useChanges([
    wallet.wallet,
    wallet.devices,
    wallet.binding,
    wallet.transfer,
    wallet.finished,
    wallet.notices,
    wallet.consents,
    wallet.exported,
  ])
  // A session that was opened without the wallet still has these.
  const outside = page === 'help' || page === 'notices' || page === 'privacy'
  useEffect(() => (outside ? undefined : wallet.show()), [wallet])
  switch (page) {
    case undefined:
      return <Home />
    case 'bind':
      return <BindPage />
    case 'cards':
      return <CardsPage />
    case 'top_up':
    case 'withdrawal':
      return <MovePage kind={page} />
    case 'transfer':
      return <TransferPage />
    case 'limits':
      return <LimitsPage />
    case 'agreement':
      return <AgreementPage />
    case 'password':
      return <PasswordPage />
    case 'devices':
      return <DevicesPage />
    case 'lock':
    case 'unlock':
      return <LockPage unlock={page === 'unlock'} />
    case 'reopen':
      return <ReopenPage />
    case 'close':
      return <ClosePage />
    case 'help':
      return <HelpPage about={about} />
    case 'notices':
      return <NoticesPage />
    case 'privacy':
      return <PrivacyPage />
  }
}
