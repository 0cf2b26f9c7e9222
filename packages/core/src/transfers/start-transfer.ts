import type { Transfer } from '@campus-ecode/protocol/wallet'
import { spendApproval } from '../approvals/spend-approval.ts'
import { refuseInactiveCard, refuseWayOut } from '../cards/card-status.ts'
import { inTransaction, type Tx } from '../db/database.ts'
import { isRefusal, type PersonContext, type Refusal, refuse } from '../http/operation.ts'
import { driveMovement } from '../movements/drive-movement.ts'
import { findTransfer, isCardBound, lockWallet, type TransferRow, toTransfer } from './store.ts'
import type { NewTransfer } from './write-transfer.ts'

/**
 * What top-ups and withdrawals have in common: answered again when it is known, else approved, held
 * against wallet and card, written by `write`, and taken to the bank once that is committed.
 *
 * @param write Gets the locked wallet's balance; false when the transfer id is taken.
 */
export async function startTransfer(
  ctx: PersonContext<'topUp' | 'withdraw'>,
  kind: Transfer['kind'],
  write: (tx: Tx, transfer: NewTransfer, walletFen: number) => Promise<boolean | Refusal>,
): Promise<{ status: 200 | 202; body: Transfer } | Refusal> {
  const { params, services } = ctx
  const { schoolId, personId } = params
  const { approvalId, ...body } = ctx.body
  const transfer = { schoolId, personId, kind, ...body }
  const started = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const payer = await lockWallet(tx, schoolId, personId)
    if (!payer) return refuse('NOT_FOUND')
    const before = await findTransfer(tx, schoolId, personId, body.transferId)
    if (before) return isSame(before, transfer) ? 'known' : refuse('TRANSFER_ID_REUSED')

    const action = { kind, ...body }
    const refusal =
      (await spendApproval(tx, { schoolId, personId, approvalId, action })) ??
      (payer.wallet_status === 'open' ? undefined : refuse('ACCOUNT_NOT_OPEN')) ??
      (kind === 'withdrawal' ? refuseWayOut(payer) : refuseInactiveCard(payer.card_status))
    if (refusal) return refusal
    if (!(await isCardBound(tx, schoolId, personId, body.cardId))) return refuse('CARD_NOT_BOUND')
    const written = await write(tx, transfer, payer.wallet_fen)
    if (isRefusal(written)) return written
    // Another person's, or the id of something that is no transfer.
    return written ? 'written' : refuse('TRANSFER_ID_REUSED')
  })
  if (isRefusal(started)) return started
  if (started === 'written') {
    services.wakeEvents()
    await driveMovement(services, schoolId, transfer.transferId)
  }
  const row = await findTransfer(services.db.pool, schoolId, personId, transfer.transferId)
  if (!row) throw new Error('a transfer that was just written is gone')
  return { status: row.state === 'open' ? 202 : 200, body: toTransfer(row) }
}

function isSame(row: TransferRow, { kind, cardId, amountFen }: NewTransfer): boolean {
  return row.kind === kind && row.bank_card_id === cardId && row.amount_fen === amountFen
}
