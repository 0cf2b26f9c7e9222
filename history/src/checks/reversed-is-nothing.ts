import { firmRefusal, paymentIn } from '../answers.ts'
import type { Problem } from '../finding.ts'
import type { History, Order } from '../read-history.ts'

/**
 * A reversed order is net zero, and so is a refused one: what was posted is posted back between the
 * same accounts. Who was told "reversed" finds it so in the end.
 */
export function reversedIsNothing(history: History): Problem[] {
  return [...history.orders.values()].flatMap((order) => {
    const what = [...checkBooks(order), ...checkAnswers(order)]
    return what.map((one) => ({ what: one, about: { orders: [order.key] } }))
  })
}

function checkBooks({ row, postings, refunds }: Order): string[] {
  if (row?.status !== 'REVERSED' && row?.status !== 'REFUSED') return []
  const netFen = new Map<string, number>()
  for (const { debit_account, credit_account, amount_fen } of postings) {
    netFen.set(debit_account, (netFen.get(debit_account) ?? 0) - amount_fen)
    netFen.set(credit_account, (netFen.get(credit_account) ?? 0) + amount_fen)
  }
  const problems = [...netFen]
    .filter(([, fen]) => fen !== 0)
    .map(([account, fen]) => `a ${row.status} order left ${fen} fen at ${account}`)
  if (row.status === 'REFUSED' && postings.length > 0) problems.push('a refused order is posted')
  if (refunds.some(({ status }) => status !== 'DECLINED')) {
    problems.push(`a ${row.status} order was refunded as well`)
  }
  return problems
}

function checkAnswers({ row, calls }: Order): string[] {
  const problems = new Set<string>()
  for (const call of calls) {
    const error = call.send.verb === 'reverse' ? firmRefusal(call) : undefined
    if (error && error !== 'ORDER_REFUNDED') problems.add(`a reversal was refused: ${error}`)
    const status = paymentIn(call)?.status
    if (!status) continue
    const isUndone = status === 'REVERSED' || status === 'REVERSING'
    if (isUndone && row?.status !== 'REVERSED') {
      problems.add(`it was answered as ${status}, the books have it as ${row?.status ?? 'nothing'}`)
    }
    if (call.send.verb === 'reverse' && !isUndone && status !== 'REFUSED') {
      problems.add(`a reversal was answered with ${status}`)
    }
  }
  return [...problems]
}
