import type { Debit } from '@campus-ecode/protocol/debit-port'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import { inTransaction } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { isOtherAmount } from '../movements/is-other-amount.ts'
import type { StartedMovement } from '../movements/store.ts'
import { markUnknown, settleDebit } from '../payments/settle-payment.ts'
import type { PortAnswer } from '../ports/debit-port.ts'
import type { CodeCharge } from '../ports/foreign-code-port.ts'
import type { ForeignCodes } from './foreign-codes.ts'
import { saveWait } from './order-store.ts'
import { debitsOf } from './undo-charge.ts'

/** R27: so long the till waits for their password; WeChat itself gives up then too. */
export const WAIT_SECONDS = 45

/** What only the request that scanned the code has. */
export type ShownCode = Pick<CodeCharge, 'authCode' | 'terminalId' | 'merchantId' | 'description'>

/**
 * Takes one step with a charge: sends it, once, while its code is at hand; after that asks what became of
 * it; after 45 s undoes it until that is certain, and refuses.
 */
export async function driveCharge(
  services: Services,
  { port, refusals }: ForeignCodes,
  movement: StartedMovement,
  shown: ShownCode | undefined,
): Promise<void> {
  const { reference, amount_fen: amountFen, age_seconds: ageSeconds } = movement
  const isFirst = shown !== undefined && movement.attempt_count === 1
  const answer = isFirst
    ? await port.charge({ ...shown, reference, amountFen })
    : await port.query(reference)
  if (isFirst && !answer.ok && answer.reason === 'NOT_SENT') {
    return settleDebit(services, movement, { refusal: refusals.unavailable, unsent: true })
  }
  if (isDecided(answer))
    return settle(services, refusals, movement, answer.value, refusals.timedOut)
  if (ageSeconds >= WAIT_SECONDS) {
    const undone = await debitsOf(port, movement).reverse(reference)
    // Whoever was asked for a password has let the time pass; what they never saw, nobody was asked for.
    const refusal = answer.ok ? refusals.timedOut : refusals.unavailable
    if (isDecided(undone)) return settle(services, refusals, movement, undone.value, refusal)
    return undone.ok ? undefined : markUnknown(services, movement)
  }
  if (!answer.ok) return markUnknown(services, movement)
  await inTransaction(services.db.pool, (tx) =>
    saveWait(tx, movement.school_id, movement.movement_id, WAIT_SECONDS),
  )
  services.wakeEvents()
}

function isDecided(answer: PortAnswer<Debit>): answer is { ok: true; value: Debit } {
  return answer.ok && answer.value.status !== 'PROCESSING'
}

async function settle(
  services: Services,
  refusals: ForeignCodes['refusals'],
  movement: StartedMovement,
  debit: Debit,
  undone: ErrorCode,
): Promise<void> {
  const { status, amountFen } = debit
  if (status === 'DECLINED') {
    return settleDebit(services, movement, { refusal: refusals.declined })
  }
  if (status === 'REVERSED') return settleDebit(services, movement, { refusal: undone })
  if (isOtherAmount(services, movement, amountFen)) return markUnknown(services, movement)
  return settleDebit(services, movement, { refusal: undefined })
}
