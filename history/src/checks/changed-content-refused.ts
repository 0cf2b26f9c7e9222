import { firmRefusal, isStoredRefusal, paymentIn, refundIn } from '../answers.ts'
import type { Problem } from '../finding.ts'
import { contentOf, hasContent, payCalls } from '../order-facts.ts'
import type { History, Order } from '../read-history.ts'

/**
 * R33: the first content that an order or refund number is taken with is the only one. Another is
 * refused, and the books have the first.
 */
export function changedContentRefused(history: History): Problem[] {
  return [...history.orders.values()].flatMap((order) =>
    [...checkPayments(history, order), ...checkRefunds(order)].map((what) => ({
      what,
      about: { orders: [order.key] },
    })),
  )
}

function checkPayments({ codes }: History, order: Order): string[] {
  const { row } = order
  const taken = payCalls(order).filter((call) => {
    const error = firmRefusal(call)
    return paymentIn(call) !== undefined || (error !== undefined && isStoredRefusal(error))
  })
  const contents = [...new Set(taken.map(contentOf))]
  if (contents.length > 1) return [`one order was taken with ${contents.join(', and with ')}`]
  const [first] = taken
  if (!first || !row || !hasContent(row)) return []
  const owner = codes.get(first.send.code)?.personId
  if (row.list_fen !== first.send.listFen || row.person_id !== owner) {
    return [`an order was taken with ${contents[0]}, the books have ${row.list_fen} fen`]
  }
  return []
}

function checkRefunds({ calls, refunds }: Order): string[] {
  const problems: string[] = []
  for (const { send, ...call } of calls) {
    const refund = refundIn({ send, ...call })
    if (send.verb !== 'refund' || !refund) continue
    if (refund.amountFen !== send.amountFen) {
      problems.push(`a refund of ${send.amountFen} fen was answered as one of ${refund.amountFen}`)
    }
    const row = refunds.find(({ refund_no }) => refund_no === send.refundNo)
    if (row && row.amount_fen !== send.amountFen) {
      problems.push(`a refund of ${send.amountFen} fen was taken, the books have ${row.amount_fen}`)
    }
  }
  return problems
}
