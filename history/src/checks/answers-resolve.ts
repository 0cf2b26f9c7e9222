import { firmRefusal, paymentIn, refundIn } from '../answers.ts'
import type { Problem } from '../finding.ts'
import type { Call, History, Order } from '../read-history.ts'

const OPEN = new Set(['AWAITING_PASSWORD', 'PROCESSING', 'UNKNOWN', 'REVERSING'])

/**
 * Whatever came of a call, asking afterwards ends in one answer, and that is what the books say.
 * When all has healed nothing is undecided any more.
 */
export function answersResolve(history: History): Problem[] {
  return [...history.orders.values()].flatMap((order) =>
    [...checkEnd(order), ...checkRefundEnds(order)].map((what) => ({
      what,
      about: { orders: [order.key] },
    })),
  )
}

function checkEnd(order: Order): string[] {
  const { row } = order
  if (row && OPEN.has(row.status)) return [`an order is still ${row.status}`]
  const query = lastAsked(order, 'query')
  if (!query) return ['nobody asked in the end what had become of an order']
  const told = paymentIn(query)
  if (!told) {
    return row ? [`the last query finds no order, the books have one that is ${row.status}`] : []
  }
  if (!row) return [`the last query says ${told.status}, the books have no such order`]
  const books = {
    paymentId: row.payment_id,
    status: row.status,
    listFen: row.list_fen,
    amountFen: row.amount_fen,
    channel: row.paid_at ? row.channel : null,
    refundedFen: row.refunded_fen,
    refusal: row.refusal,
  }
  const answer = { ...told, refusal: told.refusal?.code ?? null }
  return (Object.keys(books) as (keyof typeof books)[])
    .filter((name) => books[name] !== answer[name])
    .map((name) => `the last query says ${name} is ${answer[name]}, the books ${books[name]}`)
}

function checkRefundEnds(order: Order): string[] {
  const problems: string[] = []
  for (const { refund_no, status, amount_fen } of order.refunds) {
    if (status === 'PROCESSING') problems.push('a refund is still undecided')
    const query = lastAsked(order, 'queryRefund', refund_no)
    const told = query && refundIn(query)
    if (told && (told.status !== status || told.amountFen !== amount_fen)) {
      problems.push(`the last query says a refund is ${told.status}, the books ${status}`)
    }
    if (query && !told) problems.push('the last query does not find a refund that the books have')
  }
  const asked = order.calls.filter((call) => refundIn(call))
  if (
    asked.some((call) => !order.refunds.some((row) => row.refund_no === refundIn(call)?.refundNo))
  ) {
    problems.push('a refund that was answered is not in the books')
  }
  return problems
}

/** The last answered question that was put after everything that could change the order. */
function lastAsked(
  order: Order,
  verb: 'query' | 'queryRefund',
  refundNo?: string,
): Call | undefined {
  const changes = order.calls.filter(({ send }) => !send.verb.startsWith('query'))
  const lastChange = Math.max(-1, ...changes.map(({ sentAt }) => sentAt))
  return order.calls
    .filter(
      (call) =>
        call.send.verb === verb &&
        call.sentAt > lastChange &&
        (refundNo === undefined || ('refundNo' in call.send && call.send.refundNo === refundNo)) &&
        (call.reply?.outcome === 'ok' || firmRefusal(call)?.endsWith('_NOT_FOUND')),
    )
    .at(-1)
}
