import { hash } from 'node:crypto'

/** What all processes of these benchmarks agree on. */

/** Where phones believe the BFF to be; proofs are made for it. */
export const ORIGIN_OF_BFF = 'https://ecode.school.example'
export const ORIGIN_OF_PAGES = 'https://app.school.example'
export const SCHOOL_SECRET = 'a-school-secret-of-many-letters'

const secretOf = (name: string) => hash('sha256', name, 'base64url')
export const CORE_KEY = { keyId: 'bff-1', secret: secretOf('the BFF at the core') }
export const SESSION_KEY = secretOf('the key that seals sessions')

/** The person behind a card number, an id as the core would make it. */
export function personIdOf(cardNo: string): string {
  return `0190b6c4-7d3e-7abc-8def-${cardNo.padStart(12, '0')}`
}
