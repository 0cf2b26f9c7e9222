/** The key process did not answer, or not in time. */
export class KeysUnavailable extends Error {
  constructor(cause?: unknown) {
    super('the key process does not answer', { cause })
    this.name = 'KeysUnavailable'
  }
}
