/** What a host may be able to do. `onCapture` is told by an event, the rest is called. */
export const hostCaps = [
  'scan',
  'brightness',
  'keepAwake',
  'captureGuard',
  'onCapture',
  'shake',
  'close',
  'openNative',
] as const
export type HostCap = (typeof hostCaps)[number]
/** What is called. */
export type HostMethod = Exclude<HostCap, 'onCapture'>

export const hostEvents = ['resume', 'pause', 'capture', 'shake', 'back', 'shortcut'] as const
export type HostEvent = (typeof hostEvents)[number]

/** Which way the host is spoken to. */
export type HostKind = 'native' | 'wxoa' | 'wxmp' | 'web'

/**
 * What the page around the widget can do that a page cannot (docs/host-bridge.md). The widget makes one
 * for apps that speak its envelope, for WeChat and for browsers; a page may give its own as the option
 * `host`, of which all but `caps` and `call` may be left out.
 */
export interface HostBridge {
  /** Default `native`: it is an app's. */
  kind?: HostKind
  /** Settles when the host can be called; rejects when it has not answered within `ms`. */
  ready?(ms: number): Promise<void>
  /** What may be called here, now. Names that we do not know are passed over. */
  caps(): Promise<ReadonlySet<HostCap>>
  /**
   * - `scan`: opens the host's scanner for one code; answers with the text as it is, or null when the
   *   person came back without.
   * - `brightness` `{ level }`: from 0 to 1; null gives it back to the system.
   * - `keepAwake`, `captureGuard` `{ on }`: the screen stays on; pictures of it are prevented, as far as the
   *   system lets an app.
   * - `shake` `{ on }`: from now on the event `shake` is told.
   * - `close`: leaves the page for where the person came from.
   * - `openNative` `{ page, params }`: opens a page of the app, by the app's own name for it.
   *
   * Rejects with what the host cannot or will not do.
   */
  call(method: HostMethod, params?: unknown, signal?: AbortSignal): Promise<unknown>
  /**
   * - `pause`, `resume`: the page is not, and is again, what the person sees.
   * - `capture`: a picture or a recording of the screen was made.
   * - `back`: the system's way back was used, and is the page's to follow.
   * - `shortcut` `{ screen }`: a screen is wanted (R20), for example from the app's icon.
   *
   * @returns How to stop listening.
   */
  on?(event: HostEvent, listener: (detail?: unknown) => void): () => void
}

/** A host that has answered. */
export type WholeBridge = Required<HostBridge>
