import type { Tx } from '../db/database.ts'
import { type Refusal, refuse } from '../http/operation.ts'
import { passwordState } from '../passwords/store.ts'
import { lockVerification } from './store.ts'

/**
 * Whether a verification lets its person set a payment password now: confirmed within ten minutes, not
 * spent, and by the bank unless it is the first password (R16).
 *
 * Refuses: VERIFICATION_INVALID, PASSWORD_ALREADY_SET.
 */
export async function refuseVerification(
  tx: Tx,
  schoolId: string,
  personId: string,
  verificationId: string,
): Promise<Refusal | undefined> {
  const verification = await lockVerification(tx, schoolId, verificationId, personId)
  if (!verification?.usable) return refuse('VERIFICATION_INVALID')
  if (verification.means !== 'school_phone') return undefined
  const state = await passwordState(tx, schoolId, personId)
  return state === 'not_set' ? undefined : refuse('PASSWORD_ALREADY_SET')
}
