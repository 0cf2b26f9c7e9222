const NOT_SENT_CODES = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** True only where no connection was made, so that not a byte of the request can have arrived. */
export function wasNotSent(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(wasNotSent)
  return error instanceof Error && NOT_SENT_CODES.has((error as NodeJS.ErrnoException).code ?? '')
}
