/**
 * R4: what the price rule makes of a list price, as the core will say; shown before it is asked.
 *
 * @param permille Of the list price, rounded half up to a fen, of which one is the least.
 */
export function priceByRule(listFen: number, permille: number): number {
  return Math.max(1, Math.floor((listFen * permille + 500) / 1000))
}
