import type { AddressInfo } from 'node:net'
import { Counter, Histogram } from 'prom-client'
import { afterAll, expect, it } from 'vitest'
import { addGauge, createRouteMetrics, SECONDS } from './metrics.ts'
import { startMetricsServer } from './metrics-server.ts'

let refreshed = 0
const server = await startMetricsServer({ host: '127.0.0.1', port: 0 }, async () => {
  refreshed += 1
})
afterAll(() => {
  server.close()
})
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const scrape = async () => (await fetch(`${url}/metrics`)).text()

it('counts every answer by route, status and code, and times those that wait for nothing', async () => {
  const count = createRouteMetrics(
    new Counter({ name: 'calls', help: 'c', labelNames: ['route', 'status', 'code'] }),
    new Histogram({ name: 'call_seconds', help: 's', labelNames: ['route'], buckets: SECONDS }),
    new Set(['stream']),
  )
  for (const ms of [1, 30]) count('pay', 200, undefined, ms)
  count('pay', 409, 'CODE_USED', 1)
  count('stream', 200, undefined, 60_000)
  const text = await scrape()
  expect(text).toContain('calls{route="pay",status="200",code=""} 2')
  expect(text).toContain('calls{route="pay",status="409",code="CODE_USED"} 1')
  expect(text).toContain('calls{route="stream",status="200",code=""} 1')
  expect(text).toContain('call_seconds_bucket{le="0.01",route="pay"} 2')
  expect(text).toContain('call_seconds_count{route="pay"} 3')
  expect(text).not.toContain('call_seconds_count{route="stream"}')
})

it('reads a gauge, and refreshes what it is read from, each time it is asked', async () => {
  addGauge('refreshed', 'r', async () => refreshed)
  const before = refreshed
  expect(await scrape()).toContain(`refreshed ${before + 1}`)
  expect(await scrape()).toContain(`refreshed ${before + 2}`)
})

it('serves nothing else', async () => {
  expect((await fetch(url)).status).toBe(404)
  expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(404)
})
