import { inTransaction, type Tx } from '../db/database.ts'
import { insertEvent } from '../events/insert-event.ts'
import type { Services } from '../http/operation.ts'
import { accountNames, creditWallet, insertPosting, type Posting } from '../ledger/store.ts'
import {
  closeMovement,
  lockMovement,
  type Movement,
  markMovementUnknown,
} from '../movements/store.ts'

/** The bank has decided; said again, it changes nothing. */
export async function settleTransfer(
  services: Services,
  movement: Movement,
  outcome: 'succeeded' | 'declined',
): Promise<void> {
  await inTransaction(services.db.pool, async (tx) => {
    const now = await lockMovement(tx, movement.school_id, movement.movement_id)
    if (now?.state === 'open') await settle(services, tx, now, outcome)
  })
  services.wakeEvents()
}

/**
 * The first attempt did not leave the house. That decides it only if nobody has tried since: the
 * worker takes over a movement whose maker was held up for long.
 */
export async function declineUnsent(services: Services, movement: Movement): Promise<void> {
  await inTransaction(services.db.pool, async (tx) => {
    const now = await lockMovement(tx, movement.school_id, movement.movement_id)
    if (now?.state !== 'open' || now.attempt_count !== movement.attempt_count) return
    await settle(services, tx, now, 'declined')
  })
  services.wakeEvents()
}

/** Nobody knows yet. Said once; the worker keeps asking (R12: never shown as failed). */
export async function markTransferUnknown(services: Services, movement: Movement): Promise<void> {
  await inTransaction(services.db.pool, async (tx) => {
    const news = await markMovementUnknown(tx, movement.school_id, movement.movement_id)
    if (news) await tellTransfer(services, tx, movement)
  })
  services.wakeEvents()
}

/** To be called in the transaction that changes a transfer. */
export async function tellTransfer(
  services: Services,
  tx: Tx,
  { school_id, person_id, movement_id }: Pick<Movement, 'school_id' | 'person_id' | 'movement_id'>,
): Promise<void> {
  await insertEvent(tx, {
    schoolId: school_id,
    personId: person_id,
    eventId: services.newId(),
    kind: 'transfer',
    transferId: movement_id,
  })
}

async function settle(
  services: Services,
  tx: Tx,
  movement: Movement,
  outcome: 'succeeded' | 'declined',
): Promise<void> {
  const { school_id: schoolId, person_id: personId, amount_fen: amountFen } = movement
  const sides = postingOf(movement, outcome)
  if (sides) {
    const { toWallet, ...posting } = sides
    await insertPosting(tx, {
      ...posting,
      schoolId,
      personId,
      amountFen,
      transactionId: services.newId(),
      paymentId: null,
      ...(toWallet && { wallet: await creditWallet(tx, schoolId, personId, amountFen) }),
    })
  }
  await closeMovement(tx, schoolId, movement.movement_id, outcome)
  await tellTransfer(services, tx, movement)
}

type Sides = Pick<Posting, 'kind' | 'debitAccount' | 'creditAccount'> & { toWallet: boolean }

/** A top-up that came to nothing has nothing in the books. */
function postingOf(
  { kind, person_id }: Movement,
  outcome: 'succeeded' | 'declined',
): Sides | undefined {
  const wallet = accountNames.wallet(person_id)
  const clearing = accountNames.clearing('bank')
  const transit = accountNames.transit('bank')
  if (kind === 'top_up') {
    if (outcome === 'declined') return undefined
    return { kind: 'top_up', debitAccount: clearing, creditAccount: wallet, toWallet: true }
  }
  if (kind !== 'withdrawal') throw new Error('a movement is no transfer')
  return outcome === 'succeeded'
    ? {
        kind: 'withdrawal_posted',
        debitAccount: transit,
        creditAccount: clearing,
        toWallet: false,
      }
    : { kind: 'withdrawal_voided', debitAccount: transit, creditAccount: wallet, toWallet: true }
}
