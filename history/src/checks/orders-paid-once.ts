import type { LedgerDump } from '../diary.ts'
import type { Problem } from '../finding.ts'
import type { History, PaymentRow } from '../read-history.ts'
import { stands, toldIn } from '../ways/read-ways.ts'
import { checkPosted, takers } from '../ways/way-facts.ts'

type OnlineOrder = LedgerDump['online_orders'][number]

/**
 * R38: an online order is paid by one payment, whoever is at it and however often; never once it was closed, and
 * by nobody who did not ask. Refunds are what its merchant asked for, each number once.
 */
export function ordersPaidOnce(history: History): Problem[] {
  return history.ledger.online_orders.flatMap((order) => {
    const subject = `${order.terminal_id}/${order.order_no}`
    return checkOrder(history, order, subject).map((what) => ({
      what,
      about: { subjects: [subject] },
    }))
  })
}

function checkOrder(history: History, order: OnlineOrder, subject: string): string[] {
  const { ways } = history
  const calls = ways.bySubject.get(subject) ?? []
  const rows = ways.payments.filter((row) => isOf(order, row))
  const paid = rows.filter(({ status }) => status === 'PAID')
  const [payment] = paid
  const what: string[] = []
  if (rows.filter(stands).length > 1) {
    what.push(`${rows.filter(stands).length} payments of one order stand beside each other`)
  }
  if ((order.payment_id ?? undefined) !== payment?.payment_id) {
    what.push(
      `an order names ${order.payment_id} as what paid it, the books ${payment?.payment_id}`,
    )
  }
  if (order.closed_at !== null && payment) what.push('a closed order was paid')
  const asked = takers(calls, 'createOrder').map(({ send }) => send.asks?.listFen)
  if (!asked.includes(order.list_fen))
    what.push(`nobody asked for an order of ${order.list_fen} fen`)
  for (const row of rows) {
    if (row.person_id === null) continue
    what.push(...checkPosted(history, row))
    if (row.list_fen !== order.list_fen) what.push('a payment is of another price than its order')
    const payers = takers(calls, 'payOrder').map(({ send }) => send.personId)
    if (stands(row) && !payers.includes(row.person_id)) {
      what.push('somebody was charged who did not ask, or was turned away')
    }
  }
  for (const refund of rows.flatMap(({ payment_id }) => ways.refundsOf.get(payment_id) ?? [])) {
    const isAsked = takers(calls, 'refundOrder').some(
      ({ send }) =>
        send.asks?.refundNo === refund.refund_no && send.asks.amountFen === refund.amount_fen,
    )
    if (!isAsked) what.push(`nobody asked for a refund of ${refund.amount_fen} fen`)
  }
  return [
    ...what,
    ...checkTold(
      order,
      calls.flatMap((call) => toldIn(call) ?? []),
    ),
  ]
}

function isOf({ terminal_id, order_no }: OnlineOrder, row: PaymentRow): boolean {
  return row.terminal_id === terminal_id && row.order_no.split('~')[0] === order_no
}

/** What anybody was told of a paid order names the payment that paid. */
function checkTold(
  order: OnlineOrder,
  told: readonly { status: string; paymentId?: string | null }[],
): string[] {
  const seen = new Set(
    told.flatMap(({ status, paymentId }) => (status === 'PAID' && paymentId ? [paymentId] : [])),
  )
  if (seen.size > 1) return [`an order was seen paid by ${seen.size} payments`]
  const [one] = seen
  return one !== undefined && one !== order.payment_id
    ? ['an order was seen paid, and is not, or by another payment']
    : []
}
