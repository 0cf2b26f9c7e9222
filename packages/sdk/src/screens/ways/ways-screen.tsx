import { useChanges } from '../use-cell.ts'
import { CollectionPage } from './collection-page.tsx'
import { NumberPage } from './scan/number-page.tsx'
import { ScanPage } from './scan/scan-page.tsx'
import { ServicesPage } from './services-page.tsx'
import { ShowerPage } from './shower-page.tsx'
import { useWays } from './use-ways.ts'
import { UtilitiesPage } from './utilities-page.tsx'
import { UtilityAmountPage } from './utility-amount-page.tsx'
import { UtilityPage } from './utility-page.tsx'
import type { WaysPlace } from './ways-page.ts'
import { WechatPage } from './wechat-page.tsx'

/** One page of the other ways to pay. */
export function WaysScreen({ place }: { place: WaysPlace }) {
  const { scanned, toppedUp, water, utilities, wechat } = useWays()
  useChanges([scanned.state, toppedUp.state, water, utilities, wechat])
  switch (place.page) {
    case 'services':
      return <ServicesPage />
    case 'scan':
      return <ScanPage />
    case 'number':
      return <NumberPage />
    case 'collection':
      return <CollectionPage collection={place.collection} />
    case 'shower':
      return <ShowerPage />
    case 'utilities':
      return <UtilitiesPage />
    case 'utility':
      return <UtilityPage utility={place.utility} />
    case 'utility_amount':
      return <UtilityAmountPage utility={place.utility} account={place.account} />
    case 'wechat':
      return <WechatPage result={place.result} />
  }
}
