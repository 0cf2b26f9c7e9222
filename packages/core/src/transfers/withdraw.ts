import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { accountNames, debitWallet, insertPosting } from '../ledger/store.ts'
import { startTransfer } from './start-transfer.ts'
import { writeTransfer } from './write-transfer.ts'

/**
 * Pays out from the wallet to a bound bank card, once per transfer id (R12). The amount leaves the
 * wallet at once and waits in transit until the bank has decided. Of a closed card, too (R42).
 *
 * Refuses: TRANSFER_ID_REUSED, APPROVAL_INVALID, ACCOUNT_NOT_OPEN, CARD_NOT_CLAIMED, CARD_LOCKED,
 * CARD_CLOSED, CARD_NOT_BOUND, INSUFFICIENT_FUNDS.
 */
export async function withdraw(ctx: PersonContext<'withdraw'>): PersonOutcome<'withdraw'> {
  const { services } = ctx
  return startTransfer(ctx, 'withdrawal', async (tx, transfer, walletFen) => {
    const { schoolId, personId, amountFen } = transfer
    if (walletFen < amountFen) return refuse('INSUFFICIENT_FUNDS')
    if (!(await writeTransfer(services, tx, transfer))) return false
    await insertPosting(tx, {
      schoolId,
      transactionId: services.newId(),
      kind: 'withdrawal',
      debitAccount: accountNames.wallet(personId),
      creditAccount: accountNames.transit('bank'),
      amountFen,
      paymentId: null,
      personId,
      wallet: await debitWallet(tx, schoolId, personId, amountFen),
    })
    return true
  })
}
