/** How far `created` of a signature may be off either way. */
export const TOLERANCE_SECONDS = 60

/** Lets each signature in once, for as long as it is believed at all. */
export class SeenNonces {
  /** When each may be forgotten. */
  readonly #expiries = new Map<string, number>()

  get size(): number {
    return this.#expiries.size
  }

  /** False for one that was here before. */
  claim(nonce: string, createdSeconds: number, nowMs: number): boolean {
    for (const [old, expiryMs] of this.#expiries) {
      if (expiryMs > nowMs) break
      this.#expiries.delete(old)
    }
    if (this.#expiries.has(nonce)) return false
    // One second more, because the check is in whole seconds.
    this.#expiries.set(nonce, (createdSeconds + TOLERANCE_SECONDS + 1) * 1000)
    return true
  }
}
