import type { GridService } from '@campus-ecode/protocol/sign-ins'
import type { MyWechat } from '@campus-ecode/protocol/wechat'
import type { Cell } from './cell.ts'
import type { HostBridge } from './host/host-bridge.ts'
import type { Host } from './host/open-host.ts'
import type { Done, Loadable } from './model.ts'

/** What the page around the widget can do, and where the widget leads out of itself (R20, R36). */
export interface HostModel {
  /** Undefined until whoever may be there has answered, or has not. */
  readonly host: Cell<Host | undefined>
  /**
   * Finds out which host this is; once, whoever asks. Never rejects.
   *
   * @param given The page's own bridge.
   */
  open(given: HostBridge | undefined): Promise<Host>
  /** R20: whether the person wants a shake to show the payment code; as good as the host lets it. */
  readonly shakes: Cell<boolean>
  /** In a tap, for iOS. False: it is not allowed. */
  setShakes(on: boolean): Promise<boolean>
  /** R19: the brightness can only be raised by hand, and this browser has not been told. */
  readonly hint: Cell<boolean>
  /** It has been shown, and is not due any more when the page is opened again. */
  noteHint(): void
  dismissHint(): void

  /** R36. */
  readonly services: Cell<Loadable<readonly GridService[]>>
  loadServices(): Promise<void>
  /** In the host's own page where it has one, else by a form in this window, which leaves the page. */
  openService(service: GridService): Promise<Done>

  /** R6: whether a WeChat signs this person in. */
  readonly wechat: Cell<Loadable<MyWechat>>
  loadWechat(): Promise<void>
  endWechatSignIn(): Promise<Done>

  /** On a page without https: asks the host page for a ticket, and opens the BFF's page at top level. */
  openSecurely(): Promise<Done>
}
