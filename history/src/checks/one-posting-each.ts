import type { Problem } from '../finding.ts'
import { groupBy } from '../group-by.ts'
import { codeOf } from '../order-facts.ts'
import type { History } from '../read-history.ts'

/**
 * At most one of each: a row and a payment posting per order, a row per refund number, an order per code (R18: also a
 * refused one spends it), a movement, a posting and a debit per reference.
 */
export function onePostingEach(history: History): Problem[] {
  return [...perOrder(history), ...perCode(history), ...perReference(history)]
}

function perOrder({ ledger, orders }: History): Problem[] {
  const problems: Problem[] = []
  const rows = countBy(ledger.payments, (row) => `${row.terminal_id}/${row.order_no}`)
  for (const [key, count] of rows) {
    if (count > 1) problems.push({ what: `an order has ${count} rows`, about: { orders: [key] } })
  }
  for (const { key, postings, refunds } of orders.values()) {
    for (const [refundNo, count] of countBy(refunds, ({ refund_no }) => refund_no)) {
      if (count < 2) continue
      const what = `refund ${refundNo} of an order has ${count} rows`
      problems.push({ what, about: { orders: [key] } })
    }
    for (const kind of ['payment', 'reversal']) {
      const count = postings.filter((posting) => posting.kind === kind).length
      if (count < 2) continue
      problems.push({
        what: `an order has ${count} postings of a ${kind}`,
        about: { orders: [key] },
      })
    }
  }
  return problems
}

function perCode(history: History): Problem[] {
  const spent = groupBy(history.orders.values(), (order) => codeOf(history, order))
  return [...spent]
    .filter(([code, orders]) => {
      return orders.length > 1 && history.codes.get(code)?.madeBy.kind !== 'card'
    })
    .map(([code, orders]) => ({
      what: `code ${code} was spent by ${orders.length} orders`,
      about: { codes: [code], orders: orders.map(({ key }) => key) },
    }))
}

function perReference({ ledger, outside, orders, ways }: History): Problem[] {
  const problems: Problem[] = []
  const movements = countBy(ledger.movements, ({ port, reference }) => `${port} ${reference}`)
  const debits = countBy(
    outside.filter(({ amountFen }) => amountFen > 0),
    ({ port, reference }) => `${port} ${reference}`,
  )
  for (const [reference, count] of movements) {
    if (count > 1)
      problems.push({ what: `${count} movements are known as ${reference}`, about: {} })
  }
  for (const [reference, count] of debits) {
    if (count < 2) continue
    const accounts = outside.filter((m) => `${m.port} ${m.reference}` === reference)
    const about = { accounts: [...new Set(accounts.map(({ account }) => account))] }
    problems.push({ what: `${reference} was debited ${count} times`, about })
  }
  const rows = [...[...orders.values()].map(({ row }) => row), ...ways.payments]
  const ofOrders = new Set(rows.map((row) => row?.payment_id))
  for (const { movement_id, kind, reference, person_id } of ledger.movements) {
    if (kind !== 'debit' || ofOrders.has(movement_id)) continue
    const what = `the debit ${reference} is of no order`
    problems.push({ what, about: { people: [person_id] } })
  }
  return problems
}

function countBy<T>(rows: T[], keyOf: (row: T) => string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1)
  return counts
}
