/**
 * Looks up, of all items that came before a place, the one with the greatest value.
 *
 * @param placeOf Where an item counts from; Infinity: nowhere.
 */
export function greatestBefore<T>(
  items: T[],
  placeOf: (item: T) => number,
  worthOf: (item: T) => number,
): (place: number) => T | undefined {
  const sorted = [...items].sort((a, b) => placeOf(a) - placeOf(b))
  const greatest: T[] = []
  for (const item of sorted) {
    const last = greatest.at(-1)
    greatest.push(last !== undefined && worthOf(last) >= worthOf(item) ? last : item)
  }
  return (place) => {
    let low = 0
    let high = sorted.length
    while (low < high) {
      const middle = (low + high) >> 1
      const item = sorted[middle]
      if (item !== undefined && placeOf(item) < place) low = middle + 1
      else high = middle
    }
    return greatest[low - 1]
  }
}
