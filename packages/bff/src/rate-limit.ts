import { LRUCache } from 'lru-cache'

/**
 * A token bucket per key: a shield for this process, not a quota (those live in the core).
 *
 * Memory is bounded: the keys not seen for longest are forgotten, which gives them a full bucket.
 *
 * @returns For each request of a key 0 to go on, or the seconds to wait.
 */
export function createRateLimit({ perSecond, burst, nowMs }: RateLimit): (key: string) => number {
  const buckets = new LRUCache<string, { tokens: number; atMs: number }>({ max: KEYS_MAX })
  return (key) => {
    const now = nowMs()
    const bucket = buckets.get(key) ?? { tokens: burst, atMs: now }
    const refilled = bucket.tokens + (Math.max(0, now - bucket.atMs) / 1000) * perSecond
    bucket.tokens = Math.min(burst, refilled)
    bucket.atMs = now
    buckets.set(key, bucket)
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / perSecond)
    bucket.tokens -= 1
    return 0
  }
}

export interface RateLimit {
  perSecond: number
  burst: number
  nowMs: () => number
}

const KEYS_MAX = 50_000
