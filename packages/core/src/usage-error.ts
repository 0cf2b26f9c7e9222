/** A mistake in how a command was called, to be told with its usage. */
export class UsageError extends Error {
  override name = 'UsageError'
}
