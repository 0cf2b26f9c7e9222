import type { Payout } from '@campus-ecode/protocol/bank-gateway'
import type { Services } from '../http/operation.ts'
import { isOtherAmount } from '../movements/is-other-amount.ts'
import { findBankCardToken, type Movement, type StartedMovement } from '../movements/store.ts'
import type { PortAnswer } from '../ports/debit-port.ts'
import { declineUnsent, markTransferUnknown, settleTransfer } from './settle-transfer.ts'

/** After this long a payout that never arrived is called off, and the money is back in the wallet. */
const PAYOUT_PATIENCE_SECONDS = 600

/**
 * Takes one step of a withdrawal with the bank. Its reference never changes, and only the bank's own
 * word ends it: a second payout, or a return of what was paid out after all, cannot come of it.
 */
export async function drivePayout(services: Services, movement: StartedMovement): Promise<void> {
  const { gateway } = services.ports
  const first = movement.attempt_count === 1
  let answer = first
    ? await send(services, movement)
    : await gateway.queryPayout(movement.reference)
  if (!answer.ok && answer.reason === 'REFUSED' && answer.error === 'NOT_FOUND') {
    answer =
      movement.age_seconds < PAYOUT_PATIENCE_SECONDS
        ? await send(services, movement)
        : await gateway.cancelPayout(movement.reference)
  }
  if (answer.ok) return settleAnswer(services, movement, answer.value)
  if (answer.reason === 'NOT_SENT' && first) return declineUnsent(services, movement)
  // Any other refusal is about this call, not about the payout, which may have arrived before.
  if (answer.reason === 'REFUSED' && first && answer.error === 'ACCOUNT_UNKNOWN') {
    return settleTransfer(services, movement, 'declined')
  }
  await markTransferUnknown(services, movement)
}

async function settleAnswer(services: Services, movement: Movement, payout: Payout): Promise<void> {
  switch (payout.status) {
    case 'SUCCEEDED':
      if (isOtherAmount(services, movement, payout.amountFen)) {
        return markTransferUnknown(services, movement)
      }
      return settleTransfer(services, movement, 'succeeded')
    case 'DECLINED':
    case 'CANCELLED':
      return settleTransfer(services, movement, 'declined')
    case 'PROCESSING':
      return
  }
}

async function send(services: Services, movement: Movement): Promise<PortAnswer<Payout>> {
  if (!movement.bank_card_id) throw new Error('a withdrawal names no bank card')
  return services.ports.gateway.payOut({
    reference: movement.reference,
    account: await findBankCardToken(services.db.pool, movement.school_id, movement.bank_card_id),
    amountFen: movement.amount_fen,
    memo: '校园e码通提现',
  })
}
