import type { IncomingMessage } from 'node:http'
import { addressOf } from '@campus-ecode/service/client-address'
import { createRateLimit } from './rate-limit.ts'
import { type Refusal, refuse } from './refusal.ts'

/**
 * Limits for whoever is not signed in yet. A whole campus may come from one address; what one address has too
 * much takes nothing from its school.
 *
 * @param proxyCount How many proxies of ours a request passes, each of which appends an address.
 */
export function createEntryLimit({ proxyCount, nowMs }: EntryLimitOptions): EntryLimit {
  const perAddress = createRateLimit({ perSecond: 60, burst: 600, nowMs })
  const perSchool = createRateLimit({ perSecond: 200, burst: 2_000, nowMs })
  return {
    checkAddress: (incoming) => toRefusal(perAddress(addressOf(incoming, proxyCount))),
    checkSchool: (route, schoolId) => toRefusal(perSchool(`${schoolId}/${route}`)),
  }
}

export interface EntryLimit {
  /** Before anything of the request is read. */
  checkAddress(incoming: IncomingMessage): Refusal | undefined
  /** Operations do not take from each other. */
  checkSchool(route: string, schoolId: string): Refusal | undefined
}

interface EntryLimitOptions {
  proxyCount: number
  nowMs: () => number
}

function toRefusal(retryAfterSeconds: number): Refusal | undefined {
  return retryAfterSeconds > 0 ? refuse('RATE_LIMITED', { retryAfterSeconds }) : undefined
}
