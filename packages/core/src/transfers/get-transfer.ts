import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { findTransfer, toTransfer } from './store.ts'

/**
 * What became of a top-up or withdrawal (R12).
 *
 * Refuses: TRANSFER_NOT_FOUND.
 */
export async function getTransfer({
  params,
  services,
}: PersonContext<'getTransfer'>): PersonOutcome<'getTransfer'> {
  const { schoolId, personId, transferId } = params
  const row = await findTransfer(services.db.pool, schoolId, personId, transferId)
  return row ? { status: 200, body: toTransfer(row) } : refuse('TRANSFER_NOT_FOUND')
}
