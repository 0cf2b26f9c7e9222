import type { ECodeInstance } from '../ecode.ts'
import { createInstance } from '../loader/instance.ts'
import type { ECodeOptions } from '../options.ts'
import { findNonce, loadScript } from './load-script.ts'

export type { ECodeEvents, ECodeInstance, PayOutcome, PayRequest } from '../ecode.ts'
export type {
  HostBridge,
  HostCap,
  HostEvent,
  HostKind,
  HostMethod,
} from '../host/host-bridge.ts'
export { ECodeError } from '../loader/ecode-error.ts'
export type { ECodeOptions, Session, SessionProvider } from '../options.ts'
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
