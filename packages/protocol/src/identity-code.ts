/** Issued by the core for identification only (R5): 72 | SSSS | 1 | 17 random digits. */
export interface IdentityCode {
  /** Four digits, as written in the code. */
  readonly school: string
  readonly random: string
}

/**
 * Reads an identity code, strictly: 24 ASCII digits, kind 1, nothing before or after.
 *
 * @returns undefined for every other string.
 * Source: docs/codes.md, "Identity code".
 */
export function parseIdentityCode(text: string): IdentityCode | undefined {
  const [, school, random] = /^72(\d{4})1(\d{17})$/.exec(text) ?? []
  return school && random ? { school, random } : undefined
}

/** Writes the 24 digits of an identity code. Throws RangeError when a part has the wrong form. */
export function formatIdentityCode({ school, random }: IdentityCode): string {
  const text = `72${school}1${random}`
  const parsed = parseIdentityCode(text)
  if (parsed?.school !== school) throw new RangeError('malformed part of an identity code')
  return text
}
