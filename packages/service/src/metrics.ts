import { type Counter, collectDefaultMetrics, Gauge, type Histogram, register } from 'prom-client'

/**
 * What a process tells Prometheus; docs/operations.md says what to do about it. Labels are names of ours
 * (routes, ports, error codes): never an id, an address or anything of a person.
 */
collectDefaultMetrics()

/** Buckets of how long something took. */
export const SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * Counts what was answered and times it.
 *
 * @param untimed Routes whose answers wait for something to happen.
 * @returns What is called for each answer, with the route's name in our tables or log.
 */
export function createRouteMetrics(
  answers: Counter<'route' | 'status' | 'code'>,
  seconds: Histogram<'route'>,
  untimed: ReadonlySet<string>,
) {
  // Bound once for each name: a payment makes no garbage for being counted.
  const bound = new Map<string, Map<string, { inc(): void }>>()
  const timed = new Map<string, { observe(seconds: number): void }>()
  return (route: string, status: number, code: string | undefined, ms: number): void => {
    let byResult = bound.get(route)
    if (!byResult) {
      byResult = new Map()
      bound.set(route, byResult)
    }
    const result = code ?? String(status)
    let counter = byResult.get(result)
    if (!counter) {
      counter = answers.labels(route, String(status), code ?? '')
      byResult.set(result, counter)
    }
    counter.inc()
    if (untimed.has(route)) return
    let histogram = timed.get(route)
    if (!histogram) {
      histogram = seconds.labels(route)
      timed.set(route, histogram)
    }
    histogram.observe(ms / 1000)
  }
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
