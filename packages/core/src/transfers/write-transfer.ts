import type { Tx } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { insertMovement, type NewMovement } from '../movements/store.ts'
import { tellTransfer } from './settle-transfer.ts'
import { isPaymentId } from './store.ts'

export interface NewTransfer {
  schoolId: string
  personId: string
  /** The page's, so it is unique in its school and nowhere else. */
  transferId: string
  kind: 'top_up' | 'withdrawal'
  cardId: string
  amountFen: number
}

/**
 * Writes the intent of a transfer, before the bank is asked for anything.
 *
 * @returns False when the id is taken; nothing is written then.
 */
export async function writeTransfer(
  services: Services,
  tx: Tx,
  { schoolId, personId, transferId, kind, cardId, amountFen }: NewTransfer,
): Promise<boolean> {
  // An order that waits for the password has no movement yet, and will need one by its own id.
  if (await isPaymentId(tx, schoolId, transferId)) return false
  // The bank knows references, not schools: without the school in it, one id used at two of them
  // would be one debit that both take for theirs.
  const prefix = kind === 'top_up' ? 'top' : 'wd'
  const movement: NewMovement = {
    school_id: schoolId,
    movement_id: transferId,
    kind,
    port: 'bank',
    reference: `${prefix}-${schoolId}-${transferId}`,
    debit_reference: null,
    person_id: personId,
    bank_card_id: cardId,
    amount_fen: amountFen,
  }
  if (!(await insertMovement(tx, movement))) return false
  await tellTransfer(services, tx, movement)
  return true
}
