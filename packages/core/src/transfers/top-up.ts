import type { Transfer } from '@campus-ecode/protocol/wallet'
import { inTransaction } from '../db/database.ts'
import type { PersonContext, PersonOutcome, Services } from '../http/operation.ts'
import { driveMovement } from '../movements/drive-movement.ts'
import { startTransfer } from './start-transfer.ts'
import { findTransfer, toTransfer } from './store.ts'
import { type NewTransfer, writeTransfer } from './write-transfer.ts'

/**
 * Takes money from a bound bank card into the wallet, once per transfer id (R12).
 *
 * Refuses: TRANSFER_ID_REUSED, APPROVAL_INVALID, ACCOUNT_NOT_OPEN, CARD_NOT_CLAIMED, CARD_LOCKED,
 * CARD_CLOSED, CARD_NOT_BOUND.
 */
export async function topUp(ctx: PersonContext<'topUp'>): PersonOutcome<'topUp'> {
  return startTransfer(ctx, 'top_up', async (tx, transfer) =>
    writeTransfer(ctx.services, tx, transfer),
  )
}

/** The same without a person who asks: what an import brings into a wallet. */
export async function topUpFromBank(
  services: Services,
  topUp: Omit<NewTransfer, 'kind'>,
): Promise<Transfer['status']> {
  const { schoolId, personId, transferId } = topUp
  await inTransaction(services.db.pool, (tx) =>
    writeTransfer(services, tx, { ...topUp, kind: 'top_up' }),
  )
  await driveMovement(services, schoolId, transferId)
  const row = await findTransfer(services.db.pool, schoolId, personId, transferId)
  if (!row) throw new Error('a top-up that was just written is gone')
  return toTransfer(row).status
}
