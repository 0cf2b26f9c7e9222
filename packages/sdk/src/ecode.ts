import type { ECodeError } from './loader/ecode-error.ts'
import type { ECodeOptions, SessionProvider } from './options.ts'
import type { ScreenName } from './screens/options.ts'

/** What `.on()` tells a host page. Never a code, a token or a card number. */
export interface ECodeEvents {
  /** The widget stands on the page. */
  ready: undefined
  /** Another screen has come up, the first included. */
  screen: { screen: ScreenName }
  /** How the session stands; `lost` when the host's `session` function failed. */
  session: { state: 'opening' | 'open' | 'lost' | 'signed_out' }
  /** Paid: with a code of this phone that was scanned, or on the phone itself. */
  paid: {
    paymentId: string
    amountFen: number
    merchantName: string | null
    /** Where the money came from. */
    channel: 'wallet' | 'one_card' | 'bank_card' | 'wechat' | 'alipay' | 'unionpay' | null
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

/** What `pay` is to pay. */
export type PayRequest =
  | {
      /** `orderId` of an online order, as the merchant's server got it. */
      order: string
    }
  | {
      /** `paymentId` of a payment whose till waits for the password: it is asked for at once. */
      payment: string
    }
  | {
      /** What the host's own scanner has read off a merchant's printed code, as it is. */
      collection: string
    }

/** How the cashier was left. */
export interface PayOutcome {
  /**
   * - `paid`: money has moved, and the merchant is told so by its own notice.
   * - `cancelled`: the person closed the cashier; nothing moved, and the order can still be paid.
   * - `closed`: it cannot be paid any more: its merchant closed it, its time is over, or somebody else paid;
   *   likewise a payment that was refused.
   * - `pending`: begun and not decided when the person left; the order says in the end, never the page.
   */
  status: 'paid' | 'cancelled' | 'closed' | 'pending'
  /** Of the person's own payment, if there is one that paid or is under way. */
  paymentId: string | null
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
  /**
   * Opens the cashier over the page, mounted or not: for an online order, a payment that waits for its password,
   * or a merchant's printed code. Asked again for what it is open for, it answers with the same promise; anything else
   * takes its place.
   *
   * What it resolves with is for the page to go on with. Goods are given out by the merchant's server,
   * which asks for the order.
   *
   * Rejects with: OPTIONS_INVALID, ORDER_NOT_FOUND, LOAD_FAILED, DESTROYED.
   */
  pay(request: PayRequest): Promise<PayOutcome>
  /** @returns How to stop listening. */
  on<E extends keyof ECodeEvents>(event: E, listener: (detail: ECodeEvents[E]) => void): () => void
}

/** What `ECode.signIn` takes. */
export interface SignInOptions {
  /** The school's id, four digits. */
  school: string
  /** Where the BFF is. Default: where the script came from. */
  baseUrl?: string
}

/** Who has signed in: two of the options of `ECode.create`. */
export interface SignedIn {
  subject: string
  session: SessionProvider
}

/** What the script tag brings as `window.ECode`. */
export interface ECode {
  readonly version: string
  /** Throws ECodeError OPTIONS_INVALID, with a sentence that says which. */
  create(options: ECodeOptions): ECodeInstance
  /**
   * Signs the person in where no server of the school does: by the ticket in the page's address (`#t=…`, which
   * it takes out), or in WeChat by leaving the page for WeChat's and coming back to it. It keeps what it needs
   * in memory; a page that is loaded again signs in again.
   *
   * Rejects with: OPTIONS_INVALID, SIGN_IN_FAILED, SIGN_IN_IMPOSSIBLE, ENGINE_UNSUPPORTED, LOAD_FAILED.
   */
  signIn(options: SignInOptions): Promise<SignedIn>
}
