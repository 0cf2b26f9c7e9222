import type { BillEntry } from '@campus-ecode/protocol/bill'
import { createContext } from 'preact'
import { useContext, useEffect, useRef } from 'preact/hooks'
import type { Cell } from '../cell.ts'
import type { Model } from '../model.ts'
import type { DrawQr } from '../qr.ts'
import type { Translate } from '../strings/translate.ts'
import type { More } from './more.tsx'
import type { ScreenName } from './options.ts'

/** Where the person is: a tab's screen, or a page opened from one. */
export type Route =
  | { name: ScreenName }
  | { name: 'bill' }
  | { name: 'entry'; entry: BillEntry }
  | { name: 'enrol' }

/** What every screen is given; one per widget, so that two on a page share nothing. */
export interface View {
  model: Model
  t: Translate
  locale: 'zh-CN' | 'en'
  /** Opens a page, or changes to another tab. */
  go(route: Route): void
  back(): void
  canGoBack: boolean
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
