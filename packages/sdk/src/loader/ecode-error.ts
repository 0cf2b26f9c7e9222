import type { ErrorCode } from '@campus-ecode/protocol/errors'

/** What the widget rejects with, throws and reports. `code` is stable, `message` is for developers. */
export class ECodeError extends Error {
  declare readonly code: ErrorCode
  /** The same call may succeed later. */
  declare readonly retryable: boolean
  /** Finds the log line, where a server was involved. */
  declare readonly requestId: string | undefined
  /** What the host's own function threw, or the engine. */
  declare readonly cause: unknown

  constructor(
    code: ErrorCode,
    message: string,
    more: { retryable?: boolean; requestId?: string | undefined; cause?: unknown } = {},
  ) {
    super(message)
    Object.assign(this, { name: 'ECodeError', code, retryable: false }, more)
  }
}

/** Of what a part rejects with or tells, or of what kept it from coming. */
export function toError(cause: unknown): ECodeError {
  const { code = 'LOAD_FAILED', message, ...more } = Object(cause)
  return new ECodeError(code, message, more)
}
