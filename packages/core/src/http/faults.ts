import pg from 'pg'
import { KeysUnavailable } from '../keys/keys-unavailable.ts'
import { Busy } from '../keys/turnstile.ts'

/**
 * What may be logged of an exception. PostgreSQL quotes row values in its messages, so of those only
 * the code and the place are kept.
 */
export function describeFault(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error }
  const { name: type, stack, cause } = error
  const { code } = error as { code?: unknown }
  const described: Record<string, unknown> = { type }
  if (typeof code === 'string') described.code = code
  if (error instanceof pg.DatabaseError) {
    const { table, constraint, routine } = error
    Object.assign(described, { table, constraint, routine })
  } else {
    described.message = error.message
  }
  described.stack = stack?.split('\n').filter((line) => /^\s+at /.test(line))
  if (cause !== undefined) described.cause = describeFault(cause)
  return described
}

/** True when the fault is that something the core needs is away for now: answered as UNAVAILABLE. */
export function isOutage(error: unknown): boolean {
  if (error instanceof KeysUnavailable || error instanceof Busy) return true
  if (error instanceof AggregateError) return error.errors.every(isOutage)
  if (!(error instanceof Error)) return false
  const { code } = error as { code?: unknown }
  if (typeof code === 'string') {
    // Classes of PostgreSQL's Appendix A: 08 connection exception, 53 insufficient resources,
    // 57P shutting down or starting; and the system's own words.
    return (
      /^(08|53|57P)/.test(code) || /^E(CONNREFUSED|CONNRESET|PIPE|TIMEDOUT|HOSTUNREACH)$/.test(code)
    )
  }
  return NO_CONNECTION.test(error.message)
}

/** pg gives these no code: lost, not had in time from the pool or the server, lost before it was used. */
const NO_CONNECTION =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client (has encountered|was closed))/
