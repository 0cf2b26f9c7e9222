import { STAFF_PASSWORD_MIN } from '@campus-ecode/protocol/staff'

const DISTINCT_MIN = 5

/** Too short, a few characters again and again, a row of neighbours, or made of the name. */
export function isWeakPassword(password: string, name: string): boolean {
  const characters = Array.from(password.normalize('NFKC'))
  if (characters.length < STAFF_PASSWORD_MIN) return true
  if (new Set(characters).size < DISTINCT_MIN) return true
  if (password.toLowerCase().includes(name)) return true
  const codes = characters.map((character) => character.codePointAt(0) ?? 0)
  return codes.slice(1).every((code, at) => Math.abs(code - (codes[at] ?? 0)) === 1)
}
