import type { KeypadConfig } from '../config.ts'
import type { ServerLimits } from '../http/http-server.ts'

/** A ticket, a sealed password, a phrase. */
export const KEYPAD_BODY_BYTES_MAX = 4 * 1024
/**
 * Each holds one of the database's twenty connections at most, and the key process compares two
 * passwords at a time.
 */
export const KEYPAD_AT_ONCE_MAX = 6
/** Half a second's work; whoever comes on top comes again sooner than it would be their turn. */
export const KEYPAD_WAITING_MAX = 30
export const KEYPAD_RETRY_SECONDS = 2

/** Of the listener that anybody can reach. */
export function keypadLimits({ proxyCount }: Pick<KeypadConfig, 'proxyCount'>): ServerLimits {
  return {
    connectionsMax: 2_000,
    // A page sends little and is done; only proxies keep connections for others.
    ...(proxyCount === 0 && { keepAliveMs: 5_000 }),
  }
}
