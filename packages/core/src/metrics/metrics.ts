import { Counter, collectDefaultMetrics, Gauge, Histogram, register } from 'prom-client'

/**
 * What this process tells Prometheus; docs/operations.md says what to do about it. Labels are names of ours
 * (routes, ports, error codes): never an id, an address or anything of a person.
 */
collectDefaultMetrics()

const SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const calls = new Counter({
  name: 'ecode_core_calls_total',
  help: 'Calls answered, by route, HTTP status and error code',
  labelNames: ['route', 'status', 'code'],
})
const callSeconds = new Histogram({
  name: 'ecode_core_call_seconds',
  help: 'How long calls took, by route; a feed that waits for something to happen is left out',
  labelNames: ['route'],
  buckets: SECONDS,
})
const portCalls = new Counter({
  name: 'ecode_core_port_calls_total',
  help: 'Questions to outside systems, by port and outcome: answered, REFUSED, NOT_SENT, UNKNOWN',
  labelNames: ['port', 'outcome'],
})
const portSeconds = new Histogram({
  name: 'ecode_core_port_call_seconds',
  help: 'How long outside systems took, by port',
  labelNames: ['port'],
  buckets: SECONDS,
})
const keyFailures = new Counter({
  name: 'ecode_core_key_failures_total',
  help: 'Questions that the key process did not answer',
})
const alarms = new Counter({
  name: 'ecode_core_alarms_total',
  help: 'Lines of the log that begin with "alarm:", by what they say',
  labelNames: ['alarm'],
})

/** Wait for what happens, or are asked all day long by gates. */
const WAITING = new Set(['getEventFeed', 'getGateUpdate'])

/** Bound once for each name: a payment makes no garbage for being counted. */
const bound = new Map<string, Map<string, { inc(): void }>>()
const timed = new Map<string, { observe(seconds: number): void }>()

/** @param route Its name in the tables, or `unknown`. */
export function countCall(route: string, status: number, code: string | undefined, ms: number) {
  let byResult = bound.get(route)
  if (!byResult) {
    byResult = new Map()
    bound.set(route, byResult)
  }
  const result = code ?? String(status)
  let counter = byResult.get(result)
  if (!counter) {
    counter = calls.labels(route, String(status), code ?? '')
    byResult.set(result, counter)
  }
  counter.inc()
  if (WAITING.has(route)) return
  let histogram = timed.get(route)
  if (!histogram) {
    histogram = callSeconds.labels(route)
    timed.set(route, histogram)
  }
  histogram.observe(ms / 1000)
}

/** @param port A name of ours for the outside system, never its address. */
export function countPortCall(port: string, outcome: string, ms: number): void {
  portCalls.labels(port, outcome).inc()
  portSeconds.labels(port).observe(ms / 1000)
}

export function countKeyFailure(): void {
  keyFailures.inc()
}

/** @param message Of a line of the log. What follows a colon or semicolon may differ each time. */
export function countAlarm(message: string): void {
  alarms.labels(message.replace(/^alarm: /, '').replace(/[;:].*/, '')).inc()
}

/** A gauge that is read when Prometheus asks. */
export function addGauge(name: string, help: string, read: () => number): void {
  register.removeSingleMetric(name)
  new Gauge({
    name,
    help,
    collect() {
      this.set(read())
    },
  })
}

export { register }
