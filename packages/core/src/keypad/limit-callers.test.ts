import type { IncomingMessage } from 'node:http'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCallerLimit } from './limit-callers.ts'

const request = (remoteAddress: string) =>
  ({ socket: { remoteAddress }, headers: {} }) as unknown as IncomingMessage

describe('how many requests are taken', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  /** How many of so many pass. */
  async function send(
    limit: ReturnType<typeof createCallerLimit>,
    count: number,
    addressAt: (i: number) => string,
  ): Promise<number> {
    const sent = Array.from({ length: count }, (_, i) => limit(request(addressAt(i))))
    return (await Promise.all(sent)).filter((seconds) => seconds === 0).length
  }

  it('is 600 in ten seconds from one address, which keeps nobody else away', async () => {
    const limit = createCallerLimit(0)
    expect(await send(limit, 5_000, () => '192.0.2.7')).toBe(600)
    expect(await limit(request('192.0.2.7'))).toBe(10)
    expect(await send(limit, 600, () => '192.0.2.8')).toBe(600)
    vi.advanceTimersByTime(9_001)
    expect(await limit(request('192.0.2.7'))).toBe(1)
    vi.advanceTimersByTime(1_000)
    expect(await limit(request('192.0.2.7'))).toBe(0)
  })

  it('is 2,000 in ten seconds from all together', async () => {
    const limit = createCallerLimit(0)
    expect(await send(limit, 2_200, (i) => `198.51.${i >> 8}.${i & 255}`)).toBe(2_000)
    expect(await limit(request('203.0.113.1'))).toBe(10)
    vi.advanceTimersByTime(10_001)
    expect(await limit(request('203.0.113.1'))).toBe(0)
  })
})
