import type { terminalRoutes } from '@campus-ecode/protocol/core-api'
import { type Answer, type Refusal, refuse } from '../http/operation.ts'
import { type PaymentRow, toPayment } from './store.ts'

/**
 * What a terminal that sent `pay` is told about an order that exists. A repeat gets this too, so the
 * first and every later answer say the same (R33).
 *
 * @param contentHash Of the request now at hand.
 */
export function answerPay(
  row: PaymentRow,
  contentHash: Buffer,
): Answer<typeof terminalRoutes.pay> | Refusal {
  if (row.content_hash === null) return refuse('ORDER_REVERSED')
  if (!row.content_hash.equals(contentHash)) return refuse('ORDER_NO_REUSED')
  if (row.status === 'REFUSED' && row.refusal) return refuse(row.refusal)
  if (row.status === 'REVERSED' || row.status === 'REVERSING') return refuse('ORDER_REVERSED')
  return { status: row.status === 'PAID' ? 200 : 202, body: toPayment(row) }
}
