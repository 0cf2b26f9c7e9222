import type { ECodeError } from './loader/ecode-error.ts'
import type { ECodeOptions } from './options.ts'
import type { ScreenName } from './screens/options.ts'

/** What `.on()` tells a host page. Never a code, a token or a card number. */
export interface ECodeEvents {
  /** The widget stands on the page. */
  ready: undefined
  /** Another screen has come up, the first included. */
  screen: { screen: ScreenName }
  /** How the session stands; `lost` when the host's `session` function failed. */
  session: { state: 'opening' | 'open' | 'lost' | 'signed_out' }
  /** A code of this phone was scanned and paid. */
  paid: {
    paymentId: string
    amountFen: number
    merchantName: string | null
    /** Where the money came from. */
    channel: 'wallet' | 'one_card' | 'bank_card' | 'wechat' | null
    at: string
  }
  /** A code of this phone was scanned and nothing moved; `code` is stable, for example `INSUFFICIENT_FUNDS`. */
  refused: { paymentId: string; amountFen: number; merchantName: string | null; code: string }
  /**
   * A gate has read the person's access code, which is on display; `refusal` is stable, for example
   * `NOT_ALLOWED`. A gate without a network is not heard of until it has one.
   */
  access: {
    recordId: string
    gateName: string
    purpose: 'door' | 'library' | 'meeting' | 'attendance' | null
    result: 'opened' | 'refused'
    refusal: string | null
    at: string
  }
  /** Something for the page's developers. Without a listener it goes to the console. */
  error: ECodeError
}

/** One widget. Every promise settles. */
export interface ECodeInstance {
  /**
   * Draws the widget into an element, which becomes the host of its shadow root; moves it there if
   * it is drawn elsewhere. Unmounted before it could load, it resolves without drawing.
   *
   * Rejects with: MOUNT_TARGET_MISSING, LOAD_FAILED, DESTROYED.
   */
  mount(target: Element | string): Promise<void>
  /** Changes options in place; each one given replaces the earlier. Another person needs another widget. */
  update(changes: Partial<Omit<ECodeOptions, 'school' | 'subject' | 'baseUrl'>>): void
  /** Takes the widget off the page; it can be mounted again. */
  unmount(): void
  /** Unmounts for good. */
  destroy(): void
  /**
   * Forgets the person: wipes the keys on this phone, ends its codes at the core if it can be
   * reached, drops the session. To be called when the person leaves the host.
   *
   * Rejects with: LOAD_FAILED, DESTROYED.
   */
  signOut(): Promise<void>
  /** @returns How to stop listening. */
  on<E extends keyof ECodeEvents>(event: E, listener: (detail: ECodeEvents[E]) => void): () => void
}

/** What the script tag brings as `window.ECode`. */
export interface ECode {
  readonly version: string
  /** Throws ECodeError OPTIONS_INVALID, with a sentence that says which. */
  create(options: ECodeOptions): ECodeInstance
}
