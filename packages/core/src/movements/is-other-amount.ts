import type { Services } from '../http/operation.ts'
import type { Movement } from './store.ts'

/** Whether they say that they moved something else than was asked for: nothing to settle a payment by. */
export function isOtherAmount(
  { log }: Pick<Services, 'log'>,
  movement: Movement,
  amountFen: number | null,
): boolean {
  if (amountFen === movement.amount_fen) return false
  const { school_id: schoolId, movement_id: movementId, port } = movement
  log.error({ schoolId, movementId, port }, 'alarm: another amount was moved outside')
  return true
}
