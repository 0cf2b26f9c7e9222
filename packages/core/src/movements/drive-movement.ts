import type { Debit } from '@campus-ecode/protocol/debit-port'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import { driveCharge, type ShownCode } from '../foreign-codes/drive-charge.ts'
import { isForeign } from '../foreign-codes/foreign-codes.ts'
import { debitsOf } from '../foreign-codes/undo-charge.ts'
import type { Services } from '../http/operation.ts'
import {
  declineRefundMovement,
  markUnknown,
  settleDebit,
  settleRefundMovement,
  settleReversal,
  wantsReversal,
} from '../payments/settle-payment.ts'
import { openPerson } from '../people/open-person.ts'
import type { DebitPort, PortAnswer } from '../ports/debit-port.ts'
import { drivePayout } from '../transfers/drive-payout.ts'
import { declineUnsent, markTransferUnknown, settleTransfer } from '../transfers/settle-transfer.ts'
import { driveDelivery } from '../utilities/deliver-top-up.ts'
import { isOtherAmount } from './is-other-amount.ts'
import {
  beginAttempt,
  findBankCardToken,
  type Movement,
  postponeMovement,
  type StartedMovement,
} from './store.ts'

/** After this long nobody waits at the till any more: an unsent debit is called off, not sent late. */
const DEBIT_PATIENCE_SECONDS = 45

/**
 * Takes one step with the outside system and settles what it answers. Safe to call at any time and
 * twice at once: the reference is stable, and settling looks at the state under a lock.
 *
 * Leaves the movement open, to be tried again by the worker, when the outcome stays unknown.
 *
 * @param shown Another system's code, which a charge needs once and nobody keeps.
 */
export async function driveMovement(
  services: Services,
  schoolId: string,
  movementId: string,
  shown?: ShownCode,
): Promise<void> {
  const movement = await beginAttempt(services.db.pool, schoolId, movementId)
  if (!movement) return
  try {
    await takeStep(services, movement, shown)
  } catch (error) {
    services.log.error({ schoolId, movementId, err: error }, 'an external movement failed')
  }
  await postponeMovement(services.db.pool, schoolId, movementId)
}

async function takeStep(
  services: Services,
  movement: StartedMovement,
  shown: ShownCode | undefined,
): Promise<void> {
  if (movement.kind === 'withdrawal') return drivePayout(services, movement)
  if (movement.kind === 'utility_top_up') return driveDelivery(services, movement)
  if (isForeign(movement.port)) {
    const codes = services.ports.foreignCodes[movement.port]
    if (!codes) throw new Error(`nobody is set up for ${movement.port} any more`)
    return takeBack(services, debitsOf(codes.port, movement), movement, () =>
      driveCharge(services, codes, movement, shown),
    )
  }
  const port = movement.port === 'bank' ? services.ports.bank : services.ports.oneCard
  return takeBack(services, port, movement, () => driveDebit(services, port, movement))
}

/** Returns or undoes what is to be returned or undone; anything else goes forward. */
async function takeBack(
  services: Services,
  port: Pick<DebitPort, 'reverse' | 'refund'>,
  movement: StartedMovement,
  goForward: () => Promise<void>,
): Promise<void> {
  if (movement.kind === 'refund') return driveRefund(services, port, movement)
  if (await wantsReversal(services, movement)) return driveReversal(services, port, movement)
  return goForward()
}

async function driveDebit(
  services: Services,
  port: DebitPort,
  movement: StartedMovement,
): Promise<void> {
  const first = movement.attempt_count === 1
  let answer = first ? await send(services, port, movement) : await port.query(movement.reference)
  if (!answer.ok && answer.reason === 'REFUSED' && answer.error === 'NOT_FOUND') {
    // It never arrived. Send it again while somebody waits; after that make sure it never will.
    answer =
      movement.age_seconds < DEBIT_PATIENCE_SECONDS
        ? await send(services, port, movement)
        : await port.reverse(movement.reference)
  }
  if (answer.ok) return settleAnswer(services, movement, answer.value)
  if (answer.reason === 'NOT_SENT' && first) {
    if (movement.kind === 'top_up') return declineUnsent(services, movement)
    return settleDebit(services, movement, { refusal: unavailable(movement), unsent: true })
  }
  // Any other refusal is about this call, not about the debit: the network may have delivered the call
  // before, and a no to its repeat does not say that nothing was taken.
  if (answer.reason === 'REFUSED' && first && answer.error === 'ACCOUNT_UNKNOWN') {
    return decline(services, movement, unknown(movement))
  }
  await leaveUnknown(services, movement)
}

async function settleAnswer(services: Services, movement: Movement, debit: Debit): Promise<void> {
  switch (debit.status) {
    case 'SUCCEEDED':
      if (isOtherAmount(services, movement, debit.amountFen))
        return leaveUnknown(services, movement)
      if (movement.kind === 'top_up') return settleTransfer(services, movement, 'succeeded')
      return settleDebit(services, movement, { refusal: undefined })
    case 'DECLINED':
      return decline(
        services,
        movement,
        debit.declineReason === 'INSUFFICIENT_FUNDS' ? 'INSUFFICIENT_FUNDS' : declined(movement),
      )
    case 'REVERSED':
      return decline(services, movement, unavailable(movement))
    case 'PROCESSING':
      return
  }
}

async function decline(services: Services, movement: Movement, refusal: ErrorCode): Promise<void> {
  if (movement.kind === 'top_up') return settleTransfer(services, movement, 'declined')
  return settleDebit(services, movement, { refusal })
}

async function leaveUnknown(services: Services, movement: Movement): Promise<void> {
  if (movement.kind === 'top_up') return markTransferUnknown(services, movement)
  return markUnknown(services, movement)
}

async function driveReversal(
  services: Services,
  port: Pick<DebitPort, 'reverse'>,
  movement: Movement,
): Promise<void> {
  const answer = await port.reverse(movement.reference)
  // A declined debit is net zero too.
  const done =
    answer.ok && (answer.value.status === 'REVERSED' || answer.value.status === 'DECLINED')
  if (done) return settleReversal(services, movement)
  if (!answer.ok && answer.reason === 'REFUSED') {
    services.log.error(
      { schoolId: movement.school_id, movementId: movement.movement_id, error: answer.error },
      'alarm: a reversal is refused outside',
    )
  }
}

async function driveRefund(
  services: Services,
  port: Pick<DebitPort, 'refund'>,
  movement: Movement,
): Promise<void> {
  if (!movement.debit_reference) throw new Error('a refund names no debit')
  const answer = await port.refund(movement.debit_reference, {
    refundReference: movement.reference,
    amountFen: movement.amount_fen,
  })
  if (answer.ok && answer.value.status === 'SUCCEEDED') {
    if (isOtherAmount(services, movement, answer.value.amountFen)) return
    return settleRefundMovement(services, movement)
  }
  if (answer.ok && answer.value.status === 'DECLINED') {
    return declineRefundMovement(services, movement)
  }
  if (!answer.ok && answer.reason === 'REFUSED') {
    services.log.error(
      { schoolId: movement.school_id, movementId: movement.movement_id },
      'alarm: a refund is refused outside',
    )
  }
}

async function send(
  services: Services,
  port: DebitPort,
  movement: Movement,
): Promise<PortAnswer<Debit>> {
  return port.debit({
    reference: movement.reference,
    account: await findAccount(services, movement),
    amountFen: movement.amount_fen,
    memo: movement.kind === 'top_up' ? '校园e码通充值' : '校园e码通消费',
  })
}

async function findAccount(services: Services, movement: Movement): Promise<string> {
  if (movement.bank_card_id) {
    return findBankCardToken(services.db.pool, movement.school_id, movement.bank_card_id)
  }
  const person = await openPerson(services, movement.school_id, movement.person_id)
  return person.cardNo
}

function unavailable(movement: Movement): ErrorCode {
  return movement.port === 'bank' ? 'BANK_UNAVAILABLE' : 'ONE_CARD_UNAVAILABLE'
}

function declined(movement: Movement): ErrorCode {
  return movement.port === 'bank' ? 'BANK_DECLINED' : 'ONE_CARD_UNAVAILABLE'
}

/** A person is here before the one-card system has an account for them. */
function unknown(movement: Movement): ErrorCode {
  return movement.port === 'bank' ? 'BANK_DECLINED' : 'ACCOUNT_NOT_OPEN'
}
