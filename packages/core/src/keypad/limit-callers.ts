import type { IncomingMessage } from 'node:http'
import { addressOf } from '@campus-ecode/service/client-address'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

const WINDOW_SECONDS = 10
/** A keypad takes four requests, and a whole campus may come from one address. */
const PER_ADDRESS_MAX = 600
const IN_ALL_MAX = 2_000

/**
 * How many requests this process takes in ten seconds, from one address and from all. What it
 * remembers is gone after ten seconds, so memory is bounded by what can arrive in that time.
 *
 * @param proxyCount See `addressOf`.
 * @returns For each request 0 to go on, or the seconds to wait.
 */
export function createCallerLimit(
  proxyCount: number,
): (incoming: IncomingMessage) => Promise<number> {
  const perAddress = new RateLimiterMemory({ points: PER_ADDRESS_MAX, duration: WINDOW_SECONDS })
  const inAll = new RateLimiterMemory({ points: IN_ALL_MAX, duration: WINDOW_SECONDS })
  return async (incoming) => {
    try {
      // What one address has too much takes nothing from all others.
      await perAddress.consume(addressOf(incoming, proxyCount))
      await inAll.consume('all')
      return 0
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return Math.ceil(refused.msBeforeNext / 1000) || 1
      throw refused
    }
  }
}
