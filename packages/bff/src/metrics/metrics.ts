import { Counter, collectDefaultMetrics, Gauge, Histogram, register } from 'prom-client'

/**
 * What this process tells Prometheus; docs/operations.md says what to do about it. Labels are names of ours
 * (routes, error codes): never an id, an address or anything of a person.
 */
collectDefaultMetrics()

const SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

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

/** Bound once for each name: a request makes no garbage for being counted. */
const bound = new Map<string, Map<string, { inc(): void }>>()
const timed = new Map<string, { observe(seconds: number): void }>()

/** @param route Its name, as in the log. */
export function countRequest(route: string, status: number, code: string | undefined, ms: number) {
  let byResult = bound.get(route)
  if (!byResult) {
    byResult = new Map()
    bound.set(route, byResult)
  }
  const result = code ?? String(status)
  let counter = byResult.get(result)
  if (!counter) {
    counter = requests.labels(route, String(status), code ?? '')
    byResult.set(result, counter)
  }
  counter.inc()
  if (route === 'streamEvents') return
  let histogram = timed.get(route)
  if (!histogram) {
    histogram = requestSeconds.labels(route)
    timed.set(route, histogram)
  }
  histogram.observe(ms / 1000)
}

export function countCoreFailure(): void {
  coreFailures.inc()
}

/** A gauge that is read when Prometheus asks. */
export function addGauge(name: string, help: string, read: () => number | Promise<number>): void {
  register.removeSingleMetric(name)
  new Gauge({
    name,
    help,
    async collect() {
      this.set(await read())
    },
  })
}

export { register }
