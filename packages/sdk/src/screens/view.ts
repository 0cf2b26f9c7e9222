import type { BillEntry } from '@campus-ecode/protocol/bill'
import { createContext } from 'preact'
import { useContext, useEffect, useRef } from 'preact/hooks'
import type { Cell, WritableCell } from '../cell.ts'
import type { HostBridge } from '../host/host-bridge.ts'
import type { Model } from '../model.ts'
import type { DrawQr } from '../qr.ts'
import type { Translate } from '../strings/translate.ts'
import type { AllStrings } from '../strings/zh-cn.ts'
import type { AccessPage } from './access/access-page.ts'
import type { AccessScreens } from './access/access-screens.ts'
import type { Chunks } from './chunks.ts'
import type { HostScreens } from './host/host-screens.ts'
import type { More } from './more.tsx'
import type { ScreenName } from './options.ts'
import type { WalletPage } from './wallet/wallet-page.ts'
import type { WalletScreens } from './wallet/wallet-screens.ts'
import type { WaysPlace } from './ways/ways-page.ts'
import type { WaysScreens } from './ways/ways-screens.ts'

/** Where the person is: a tab's screen, or a page opened from one. */
export type Route =
  | { name: ScreenName }
  | { name: 'bill' }
  | { name: 'entry'; entry: BillEntry }
  | { name: 'enrol' }
  | { name: 'in_wallet'; page: WalletPage; about?: HelpAbout }
  | { name: 'in_access'; page: AccessPage; gatheringId?: string }
  | ({ name: 'in_ways' } & WaysPlace)
  /** Alone over the page, for an online order. */
  | { name: 'cashier' }

/** What help is opened for: an entry of the bill, by the number it has, or a refusal by its code. */
export interface HelpAbout {
  orderNo?: string
  code?: string
}

/** What every screen is given; one per widget, so that two on a page share nothing. */
export interface View {
  model: Model
  t: Translate
  locale: 'zh-CN' | 'en'
  /** Opens a page, or changes to another tab. */
  go(route: Route): void
  back(): void
  canGoBack: boolean
  /** Leaves the widget from its first page, where that is not the host's own to offer. */
  leave: WritableCell<(() => void) | undefined>
  /** True once the person has moved: from then on a new screen takes the focus. */
  moved: boolean
  /** Tells screen readers, politely, once. */
  say(text: string): void
  /** The rest of the screens, once fetched. */
  more: Cell<More | undefined>
  moreFailed: Cell<boolean>
  /** Draws the QR, once fetched; until then the bars stand alone. */
  drawQr: Cell<DrawQr | undefined>
  fetchMore(): void
  chunks: Chunks
  /** What the page itself says that its app can do. */
  host: HostBridge | undefined
  /** Which tabs there are. */
  screens: readonly ScreenName[]
  /** Parts that `more` has had fetched. */
  parts: WritableCell<Readonly<Partial<FetchedParts>>>
}

/** Screens that come as parts of their own, with their texts. */
export interface FetchedParts {
  wallet: FetchedPart<WalletScreens>
  access: FetchedPart<AccessScreens>
  ways: FetchedPart<WaysScreens>
  host: FetchedPart<HostScreens>
}

interface FetchedPart<Screens> {
  screens: Screens
  /** Once English has been asked for. */
  en: Partial<AllStrings> | undefined
}

export const ViewContext = createContext<View | undefined>(undefined)

export function useView(): View {
  const view = useContext(ViewContext)
  if (!view) throw new Error('A screen was drawn outside App')
  return view
}

/** A ref for a screen's heading, which takes the focus when the person has moved there. */
export function useHeading() {
  const { moved } = useView()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (moved) heading.current?.focus({ preventScroll: true })
  }, [])
  return heading
}
