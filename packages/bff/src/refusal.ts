import type { ErrorCode } from '@campus-ecode/protocol/errors'

/** An expected "no": a value, told from success by `ok`. Faults are exceptions. */
export interface Refusal {
  ok: false
  code: ErrorCode
  /** BAD_REQUEST: which members, headers or query keys are wrong. */
  fields?: string[]
  retryAfterSeconds?: number
  /** For the log, in fixed words that hold nothing of the request. */
  reason?: string
}

export function refuse(code: ErrorCode, more: Omit<Refusal, 'ok' | 'code'> = {}): Refusal {
  return { ok: false, code, ...more }
}
