import type { ECodeInstance, SignedIn, SignInOptions } from '../ecode.ts'
import { toError } from '../loader/ecode-error.ts'
import { createInstance } from '../loader/instance.ts'
import type { ECodeOptions } from '../options.ts'
import { findNonce, loadScript } from './load-script.ts'

export type {
  ECodeEvents,
  ECodeInstance,
  PayOutcome,
  PayRequest,
  SignedIn,
  SignInOptions,
} from '../ecode.ts'
export type {
  HostBridge,
  HostCap,
  HostEvent,
  HostKind,
  HostMethod,
} from '../host/host-bridge.ts'
export { ECodeError } from '../loader/ecode-error.ts'
export type { ECodeOptions, Session, SessionProvider, TicketSession } from '../options.ts'
export type { Locale, ScreenName, Theme } from '../screens/options.ts'

/**
 * The same as `ECode.create` of the script tag, for pages that are bundled. Importing it touches no
 * window; the widget itself always comes from the BFF at `baseUrl`, so that it is the BFF's version.
 *
 * Throws ECodeError OPTIONS_INVALID, with a sentence that says which.
 */
export function create(options: ECodeOptions & { baseUrl: string }): ECodeInstance {
  return createInstance(options, {
    baseUrl: undefined,
    get nonce() {
      return findNonce()
    },
    async part(name) {
      return (await loadScript(options.baseUrl)).part(name)
    },
    style: (name) => window.ECode?.style(name) ?? '',
  })
}

/**
 * The same as `ECode.signIn` of the script tag: `subject` and `session` for `create`, by the ticket in the
 * page's address or by WeChat, for which it leaves the page.
 *
 * Rejects with: OPTIONS_INVALID, SIGN_IN_FAILED, SIGN_IN_IMPOSSIBLE, ENGINE_UNSUPPORTED, LOAD_FAILED.
 */
export async function signIn(options: SignInOptions & { baseUrl: string }): Promise<SignedIn> {
  try {
    const { signIn } = await loadScript(options.baseUrl)
    return await signIn(options)
  } catch (cause) {
    throw toError(cause)
  }
}
