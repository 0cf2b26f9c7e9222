import type { ScreenName, ViewOptions } from './screens/options.ts'

/** What `<App model options chunks />` gets as `options`: the host's words, and whom to tell. */
export interface WidgetOptions extends ViewOptions {
  /** App calls it whenever another screen has come up, the first included. */
  onScreen?(screen: ScreenName): void
}

/** A session of the school's server for this page's key, as `POST /v1/sessions` answered it. */
export interface Session {
  token: string
  expiresAt: string
  /** What it may do. Where it is missing, everything is offered and the server says what cannot be done. */
  scopes?: readonly string[] | undefined
}

/** What it answered for the word `ticket`: the BFF's own page, where the person goes on. */
export interface TicketSession {
  url: string
  expiresAt: string
}

/**
 * Fetches a session for a page key from the school's own server, which opens it at the BFF.
 * Called again, silently, before the session ends.
 *
 * @param thumbprint JWK SHA-256 thumbprint (RFC 7638) of the page's key; or, on a page that can have none because
 * it is not on https, the word `ticket`. To be passed on as it is.
 */
export type SessionProvider = (thumbprint: string) => Promise<Session | TicketSession>

/** What `ECode.create` takes. */
export interface ECodeOptions extends ViewOptions {
  /** The school's id, four digits. */
  school: string
  /**
   * Names the signed-in person within the host, opaque and always the same for them, so that keys
   * and codes of two people on one phone never mix. Never sent anywhere.
   */
  subject: string
  session: SessionProvider
  /** Where the BFF is, for example `https://pay.school.edu`. Default: where the script came from. */
  baseUrl?: string
}
