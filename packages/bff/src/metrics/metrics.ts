import { createRouteMetrics, SECONDS } from '@campus-ecode/service/metrics'
import { Counter, Histogram } from 'prom-client'

const requests = new Counter({
  name: 'ecode_bff_requests_total',
  help: 'Requests answered, by route, HTTP status and error code',
  labelNames: ['route', 'status', 'code'],
})
const requestSeconds = new Histogram({
  name: 'ecode_bff_request_seconds',
  help: 'How long requests took, by route; streams, which stay, are left out',
  labelNames: ['route'],
  buckets: SECONDS,
})
const coreFailures = new Counter({
  name: 'ecode_bff_core_failures_total',
  help: 'Calls that the core did not answer, or not believably',
})

/** Once for each request, with the route's name in the log. */
export const countRequest = createRouteMetrics(requests, requestSeconds, new Set(['streamEvents']))

export function countCoreFailure(): void {
  coreFailures.inc()
}
