/** Longer addresses are not taken as the way back. */
const RETURN_LENGTH_MAX = 2_000

/** This page, for whoever leads the person back to it. */
export function whereToReturn(): string {
  const { href, origin, pathname } = location
  return href.length <= RETURN_LENGTH_MAX ? href : origin + pathname
}
