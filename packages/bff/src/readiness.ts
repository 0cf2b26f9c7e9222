import type { CoreClient } from './core-client.ts'

/**
 * Whether the core answers our signed call, which proves address, key and clock at once.
 *
 * Anyone may ask, so the core is asked at most once a second however often that is.
 */
export function createReadiness({ core, nowMs }: { core: CoreClient; nowMs: () => number }) {
  let asked: Promise<boolean> | undefined
  let askedAtMs = 0
  return (requestId: string): Promise<boolean> => {
    if (asked === undefined || nowMs() - askedAtMs >= 1_000) {
      askedAtMs = nowMs()
      asked = core
        .call({ method: 'GET', target: '/v1/events', requestId, timeoutMs: 2_000 })
        .then((answer) => answer.ok && answer.status === 200)
    }
    return asked
  }
}
