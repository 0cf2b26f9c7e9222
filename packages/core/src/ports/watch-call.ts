import { inSpan } from '@campus-ecode/service/tracing'
import { countPortCall } from '../metrics/metrics.ts'

/** `UNKNOWN` and `NOT_SENT` are silence to whoever watches (`EcodeOutsideSilent`), the others an answer. */
export type CallOutcome = 'answered' | 'REFUSED' | 'NOT_SENT' | 'UNKNOWN'

/**
 * One question to an outside system: a span of the trace, and counted by how it ended.
 *
 * @param port A name of ours, never an address.
 */
export async function watchCall<T>(
  port: string,
  ask: () => Promise<T>,
  outcomeOf: (answer: T) => CallOutcome,
): Promise<T> {
  const startedAt = performance.now()
  const answer = await inSpan(`port ${port}`, 'client', ask)
  countPortCall(port, outcomeOf(answer), performance.now() - startedAt)
  return answer
}
