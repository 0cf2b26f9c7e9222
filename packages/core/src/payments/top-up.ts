import { inTransaction } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { driveMovement } from './drive-movement.ts'
import { insertMovement, lockMovement, type MovementOutcome } from './movement-store.ts'

/**
 * Takes money from a bound bank card into the wallet, once per top-up id.
 *
 * @param amountFen Positive.
 * @returns How the bank decided; undefined while it has not, and the worker goes on asking.
 */
export async function topUpFromBank(
  services: Services,
  topUp: {
    schoolId: string
    personId: string
    bankCardId: string
    topUpId: string
    amountFen: number
  },
): Promise<MovementOutcome | undefined> {
  await inTransaction(services.db.pool, (tx) =>
    insertMovement(tx, {
      school_id: topUp.schoolId,
      movement_id: topUp.topUpId,
      kind: 'top_up',
      port: 'bank',
      reference: `top-${topUp.topUpId}`,
      debit_reference: null,
      person_id: topUp.personId,
      bank_card_id: topUp.bankCardId,
      amount_fen: topUp.amountFen,
    }),
  )
  await driveMovement(services, topUp.schoolId, topUp.topUpId)
  const movement = await inTransaction(services.db.pool, (tx) =>
    lockMovement(tx, topUp.schoolId, topUp.topUpId),
  )
  return movement?.outcome ?? undefined
}
