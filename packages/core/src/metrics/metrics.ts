import { createRouteMetrics, SECONDS } from '@campus-ecode/service/metrics'
import { Counter, Histogram } from 'prom-client'

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

/** Once for each call, with the route's name in the tables or `unknown`. */
export const countCall = createRouteMetrics(calls, callSeconds, WAITING)

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
