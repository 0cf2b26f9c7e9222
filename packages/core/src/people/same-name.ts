/**
 * Whether two ways of writing a name mean the same: wide and narrow letters, case, spaces, dots and
 * hyphens differ from one record to the next (阿依古丽·买买提, Guliyeva Aysel).
 */
export function isSameName(one: string, other: string): boolean {
  return toPlain(one) === toPlain(other)
}

function toPlain(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]/gu, '')
}
