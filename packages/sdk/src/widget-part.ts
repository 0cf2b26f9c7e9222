import type { ErrorCode } from '@campus-ecode/protocol/errors'
import type { ECodeEvents, PayOutcome, PayRequest, SignedIn, SignInOptions } from './ecode.ts'
import type { Basis, Engine, Identity, Later, MakePart, OpenedParts } from './engine/engine.ts'
import type { PartLoader } from './loader/part-loader.ts'
import type { ECodeOptions } from './options.ts'
import type { DrawQr } from './qr.ts'
import type { ReadQr } from './reader.ts'
import type { AccessScreens } from './screens/access/access-screens.ts'
import type { HostScreens } from './screens/host/host-screens.ts'
import type { More } from './screens/more.tsx'
import type { WalletScreens } from './screens/wallet/wallet-screens.ts'
import type { WaysScreens } from './screens/ways/ways-screens.ts'
import type {
  AccessStrings,
  EnglishStrings,
  HostStrings,
  WalletStrings,
  WaysStrings,
} from './strings/zh-cn.ts'

// Between the loader, which hosts pin or cache for a day, and the parts it fetches. Within /v1/ what
// stands here is only ever added to.

/** The scripts a page fetches, by name, and what each brings. */
export interface Parts {
  widget: { createWidget(context: WidgetContext, options: ECodeOptions): Widget }
  more: {
    more: More
    css: string
    makeLater(basis: Basis): Later
    openCashier(
      request: PayRequest,
      context: WidgetContext,
      engine: Engine,
      options: ECodeOptions,
    ): Promise<PayOutcome>
    /** Fetches the part `signIn`, and runs it. */
    signIn(part: PartLoader['part'], options: SignInOptions): Promise<SignedIn>
  }
  qr: { drawQr: DrawQr }
  english: { en: EnglishStrings }
  /** Needs `more`. */
  wallet: OpenedPart<'wallet', WalletScreens>
  englishWallet: { enWallet: WalletStrings }
  /** Needs `more` and `qr`. */
  access: OpenedPart<'access', AccessScreens>
  englishAccess: { enAccess: AccessStrings }
  /** Needs `wallet`. */
  ways: OpenedPart<'ways', WaysScreens>
  englishWays: { enWays: WaysStrings }
  /** Needs `more`. */
  host: OpenedPart<'host', HostScreens>
  englishHost: { enHost: HostStrings }
  /** Needs nothing: what reads a QR in a picture, where the engine has no detector. */
  reader: { readQr: ReadQr }
  /** Needs `more`, which fetches it. */
  signIn: { signIn(options: SignInOptions): Promise<SignedIn> }
}

interface OpenedPart<K extends keyof OpenedParts, Screens> {
  screens: Screens
  css: string
  make: MakePart<K>
}

/** What the widget is given by its loader. */
export interface WidgetContext {
  identity: Identity
  part<K extends keyof Parts>(name: K): Promise<Parts[K]>
  /** Style sheets as files, for engines that cannot make them from text under a strict CSP. */
  style(name: 'widget' | 'more' | keyof OpenedParts): string
  /** Of the script tag, for what the widget adds to the page. */
  nonce: string
  emit<E extends Exclude<keyof ECodeEvents, 'error'>>(event: E, detail: ECodeEvents[E]): void
  fail(error: {
    code: ErrorCode
    message: string
    retryable: boolean
    requestId?: string | undefined
    cause?: unknown
  }): void
}

export interface Widget {
  /** Rejects when the element cannot hold a shadow root, or holds another widget. */
  mount(target: Element): Promise<void>
  update(options: ECodeOptions): void
  unmount(): void
  destroy(): void
  signOut(): Promise<void>
  /** Rejects with what an ECodeError is made of. */
  pay(request: PayRequest): Promise<PayOutcome>
}
