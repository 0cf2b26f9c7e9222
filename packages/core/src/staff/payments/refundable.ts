import type { PaymentRow } from '../../payments/store.ts'
import type { TaskRow } from '../tasks/store.ts'

/** What nobody has asked back yet; a utility's top-up is refunded by its own way or not at all (R39). */
export function refundableFen(row: PaymentRow, tasks: TaskRow[]): number {
  if (row.status !== 'PAID' || row.means === 'utility') return 0
  const waiting = tasks.filter(({ state }) => state === 'waiting')
  const askedFen = waiting.reduce((sum, { amount_fen: fen }) => sum + (fen ?? 0), 0)
  return Math.max(0, (row.amount_fen ?? 0) - row.refunded_fen - askedFen)
}

/** A refund of the console's is known to terminals, bank and statements by this number. */
export const refundNoOf = (refundId: string) => `office-${refundId}`

/** What the log says that a refund of the console's is about. */
export const refundRefOf = (paymentId: string, refundId: string) =>
  `payment/${paymentId} refund/${refundId}`
