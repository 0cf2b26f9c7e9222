/** How many digits stand below a collection code; the last one checks the others. */
export const COLLECTION_DIGITS = 10

/**
 * Whether ten typed digits can be a collection code's number (R25): a slip of one digit, and nearly each
 * swap of two neighbours, is told without a look-up.
 */
export function isCollectionNo(text: string): boolean {
  return /^\d{10}$/.test(text) && collectionCheckDigit(text.slice(0, -1)) === text.slice(-1)
}

/** The check digit of ISO/IEC 7064 MOD 11,10 for some digits. */
export function collectionCheckDigit(digits: string): string {
  let product = 10
  for (const digit of digits) {
    const sum = (product + Number(digit)) % 10 || 10
    product = (sum * 2) % 11
  }
  return String((11 - product) % 10)
}
