import { lockPayers } from '../cards/store.ts'
import type { Tx } from '../db/database.ts'
import { markOutdated, markRevoked, type RevocationReason } from './store.ts'

/**
 * Ends a person's access credentials (R32), in the transaction of what is the reason: all, or one, or those of
 * one phone by its label. The payer's lock has to be held: it is what a new credential waits for. Wake
 * readers (`wakeEvents`) after the commit; gates learn it from the next revocation list.
 *
 * @returns How many were ended.
 */
export async function revokeCredentials(
  tx: Tx,
  {
    schoolId,
    personId,
    reason,
    credentialId,
    label,
  }: {
    schoolId: string
    personId: string
    reason: RevocationReason
    credentialId?: string
    label?: string
  },
): Promise<number> {
  return markRevoked(tx, schoolId, personId, reason, { credentialId, label })
}

/**
 * Ends the credentials of these people that say another class, or groups that they are no longer in:
 * to be called in the transaction that has changed them. It takes the payers' locks.
 *
 * @returns How many were ended.
 */
export async function revokeOutdated(
  tx: Tx,
  schoolId: string,
  personIds: readonly string[],
): Promise<number> {
  await lockPayers(tx, schoolId, personIds)
  return markOutdated(tx, schoolId, personIds)
}
