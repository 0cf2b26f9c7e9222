import { randomBytes } from 'node:crypto'
import type { Tx } from '../db/database.ts'
import { offerSetUp } from './account-store.ts'
import { sha256 } from './session.ts'
import { endSessions } from './session-store.ts'

/**
 * Ends an account's password, authenticator and sessions, and makes the code by which it is set up, once and
 * within a day. The code is shown to somebody and stored nowhere.
 */
export async function makeSetUpCode(tx: Tx, schoolId: string, staffId: string): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  await endSessions(tx, schoolId, staffId)
  await offerSetUp(tx, schoolId, staffId, sha256(token))
  return `${schoolId}.${token}`
}

/** @param code Of the form that the route's schema has checked. */
export function readSetUpCode(code: string): { schoolId: string; hash: Uint8Array } {
  const [schoolId = '', token = ''] = code.split('.')
  return { schoolId, hash: sha256(token) }
}
