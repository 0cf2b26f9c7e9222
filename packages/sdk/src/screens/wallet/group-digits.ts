/** Card digits as they stand on the card: in fours. */
export function groupFours(text: string): string {
  return onlyDigits(text)
    .slice(0, 19)
    .replace(/(\d{4})(?=\d)/g, '$1 ')
}

export function onlyDigits(text: string): string {
  return text.replace(/\D/g, '')
}

/** Where the caret belongs after grouping: behind as many digits as before. */
export function caretAfter(grouped: string, digitsBefore: number): number {
  let seen = 0
  for (let at = 0; at < grouped.length; at++) {
    if (seen === digitsBefore) return at
    if (grouped[at] !== ' ') seen++
  }
  return grouped.length
}
