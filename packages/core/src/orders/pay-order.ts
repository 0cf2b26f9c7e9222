import { createHash } from 'node:crypto'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import type { Account } from '@campus-ecode/protocol/shapes'
import { toBillEntry } from '../bill/entry.ts'
import { findBillEntry } from '../bill/store.ts'
import { isRefusal, type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { payFromPhone } from '../payments/pay-from-phone.ts'
import { endOrder } from './end-order.ts'
import { readOrder } from './read-order.ts'
import { ATTEMPTS_MAX, attemptNo, findOrderById } from './store.ts'

/**
 * Pays an online order (R38), with the password where it is needed. The payment has the next number of the
 * order's; whoever writes it first has the order, and the next number is taken only once that came to
 * nothing for good. So two people at once, a close or the order's end meet at one row.
 *
 * Refuses: ORDER_NOT_FOUND, ORDER_CLOSED, ORDER_ALREADY_PAID, ORDER_BEING_PAID, ORDER_NO_REUSED, and what
 * payFromPhone() refuses.
 */
export async function payOrder(ctx: PersonContext<'payOrder'>): PersonOutcome<'payOrder'> {
  const { params, body, services } = ctx
  const { schoolId, personId, orderId } = params
  const { paymentNo, account, amountFen: agreedFen } = body
  const found = await findOrderById(services.db.pool, schoolId, orderId)
  if (!found) return refuse('ORDER_NOT_FOUND')
  const { order, status, attempts } = await readOrder(services, found)

  const contentOf = (from: Account) => hash(`${personId}\n${paymentNo}\n${from}`)
  const tried = (from: Account) => attempts.find((row) => row.content_hash?.equals(contentOf(from)))
  // A repeat is answered by what it began, whatever became of the order since.
  const own = tried(account)
  if (!own) {
    if (tried(account === 'wallet' ? 'one_card' : 'wallet')) return refuse('ORDER_NO_REUSED')
    const over = refusalOf[status]
    if (over) return refuse(over)
    if (attempts.length >= ATTEMPTS_MAX) {
      await endOrder(services, order)
      return refuse('ORDER_CLOSED')
    }
  }
  const row = await payFromPhone(services, ctx, {
    ...{ schoolId, personId, account, means: 'order', needsPassword: false },
    terminalId: order.terminal_id,
    merchantId: order.merchant_id,
    orderNo: own?.order_no ?? attemptNo(order.order_no, attempts.length + 1),
    contentHash: contentOf(account),
    listFen: order.list_fen,
    agreedFen,
  })
  if (isRefusal(row)) {
    // The number was taken since we looked: by a close, or by somebody else who is paying.
    if (row.refused === 'ORDER_REVERSED') return refuse('ORDER_CLOSED')
    if (row.refused !== 'ORDER_NO_REUSED') return row
    const now = await readOrder(services, order)
    return refuse(refusalOf[now.status] ?? 'ORDER_BEING_PAID')
  }
  const entry = await findBillEntry(services.db.pool, schoolId, personId, row.payment_id)
  if (!entry) throw new Error('a payment that was just begun is gone')
  return { status: row.status === 'PAID' ? 200 : 202, body: toBillEntry(entry) }
}

const refusalOf: Record<string, ErrorCode | undefined> = {
  PAID: 'ORDER_ALREADY_PAID',
  PAYING: 'ORDER_BEING_PAID',
  CLOSED: 'ORDER_CLOSED',
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
