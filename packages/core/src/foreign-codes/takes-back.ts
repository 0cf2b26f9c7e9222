import type { ErrorCode } from '@campus-ecode/protocol/errors'
import { prepare, type Tx } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import type { PaymentRow } from '../payments/store.ts'
import { isForeign } from './foreign-codes.ts'

const countRefunds = prepare<{ tried: number; counted: number }>(
  `select count(*)::int as tried, count(*) filter (where status <> 'DECLINED')::int as counted
     from refunds where school_id = $1 and terminal_id = $2 and order_no = $3`,
)
async function refundsOf(tx: Tx, { school_id, terminal_id, order_no }: PaymentRow) {
  const [row] = await countRefunds(tx, [school_id, terminal_id, order_no])
  if (!row) throw new Error('a count counts nothing')
  return row
}

/**
 * Why a paid order is not to be reversed though its money is all there. Once a refund was tried, other
 * systems say of an order that something of it went back, whatever became of that: no proof that a
 * reversal was done.
 */
export async function whyNotReversed(
  services: Services,
  tx: Tx,
  payment: PaymentRow,
): Promise<ErrorCode | undefined> {
  const limits = limitsOf(services, payment)
  if (!limits) return undefined
  if ((await refundsOf(tx, payment)).tried > 0) return 'ORDER_REFUNDED'
  return isOlder(services, payment, limits.reversalDays) ? 'REVERSAL_TOO_LATE' : undefined
}

/** Why nothing more of an order is to be refunded by the way it was paid. */
export async function whyNotRefunded(
  services: Services,
  tx: Tx,
  payment: PaymentRow,
): Promise<ErrorCode | undefined> {
  const limits = limitsOf(services, payment)
  if (!limits) return undefined
  const isOver =
    isOlder(services, payment, limits.refundDays) ||
    (await refundsOf(tx, payment)).counted >= limits.refundsMax
  return isOver ? 'REFUND_DECLINED' : undefined
}

function limitsOf({ ports }: Services, { channel }: PaymentRow) {
  return isForeign(channel) ? ports.foreignCodes[channel]?.takesBack : undefined
}

/** They count from their payment, which we may have heard of later, but began before. */
function isOlder({ now }: Services, { created_at: begunAt }: PaymentRow, days: number): boolean {
  return now() >= begunAt.getTime() + days * 86_400_000
}
